-- A real editor asks the language server: what comes of the settings that docs/editors.md gives for Neovim.
--
--     cargo build -p vggc && PATH=$PWD/target/debug:$PATH nvim --clean --headless -c 'luafile tests/reference/editor.lua'
--
-- Neovim 0.11 or later. Prints a line for each thing that is asked, and ends with 1 if one of them is not as it should be.

local failed = 0

local function say(text)
  io.stdout:write(text, "\n")
end

local function check(what, holds, seen)
  failed = failed + (holds and 0 or 1)
  say((holds and "ok    " or "WRONG ") .. what .. (holds and "" or ": " .. vim.inspect(seen)))
end

--- The block of a language in docs/editors.md.
local function documented(language)
  local text = table.concat(vim.fn.readfile("docs/editors.md"), "\n")
  return assert(text:match("```" .. language .. "\n(.-)\n```"), "docs/editors.md says nothing about " .. language)
end

local folder = vim.fn.tempname()
vim.fn.mkdir(folder .. "/specs", "p")

local function write(name, lines)
  vim.fn.writefile(vim.split(lines, "\n"), folder .. "/" .. name)
end

--- Opens a file, waits for the server, and for what it says about the text.
local function open(name)
  vim.cmd.edit(folder .. "/" .. name)
  local attached = vim.wait(5000, function()
    return #vim.lsp.get_clients({ bufnr = 0, name = "vggc" }) == 1
  end)
  check(name .. ": the server starts", attached, vim.bo.filetype)
end

local function codes()
  return vim.iter(vim.diagnostic.get(0)):map(function(one) return one.code end):totable()
end

local function await(what, holds, seen)
  check(what, vim.wait(5000, holds), seen and seen())
end

local function text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n")
end

local function cursor_to(pattern, offset)
  vim.fn.cursor(1, 1)
  vim.fn.search(pattern, "c")
  vim.fn.cursor(vim.fn.line("."), vim.fn.col(".") + (offset or 0))
end

--- What stands in the window that a hover opens.
local function hover()
  local before = vim.api.nvim_list_wins()
  vim.lsp.buf.hover()
  local shown
  vim.wait(5000, function()
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      if not vim.list_contains(before, window) then
        shown = table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false), "\n")
        vim.api.nvim_win_close(window, true)
        return true
      end
    end
  end)
  return shown or ""
end

local function completions()
  local params = vim.lsp.util.make_position_params(0, "utf-16")
  local answer = vim.lsp.buf_request_sync(0, "textDocument/completion", params, 5000) or {}
  local items = vim.tbl_values(answer)[1].result
  return vim.iter(items.items or items):map(function(item) return item.label end):totable()
end

--- Both spellings are asked the same; what to look for differs.
local function ask(name, spec)
  write(name, spec.wrong)
  open(name)
  await(name .. ": findings are shown", function() return vim.deep_equal(codes(), { spec.code }) end, codes)
  cursor_to(spec.typo)
  vim.lsp.buf.code_action({ apply = true, filter = function(action) return action.kind == "quickfix" end })
  await(name .. ": a quick fix mends them", function() return #codes() == 0 end, text)
  cursor_to(spec.conv)
  local shown = hover()
  check(name .. ": a layer is explained", shown:find("8x32x32") and shown:find("224"), shown)
  await(name .. ": shapes stand behind blocks", function()
    return vim.iter(vim.lsp.inlay_hint.get({ bufnr = 0 })):any(function(hint)
      local label = hint.inlay_hint.label
      return (type(label) == "string" and label or label[1].value) == "→ 8x16x16"
    end)
  end, function() return vim.lsp.inlay_hint.get({ bufnr = 0 }) end)
  cursor_to(spec.param)
  vim.lsp.buf.definition()
  await(name .. ": a param leads to its default", function() return vim.fn.getline("."):find(spec.default) end,
    function() return vim.fn.getline(".") end)
  cursor_to(spec.complete, #spec.complete)
  local proposed = completions()
  check(name .. ": words are proposed", vim.list_contains(proposed, spec.proposed), proposed)
  vim.lsp.buf.format({ async = false, timeout_ms = 5000 })
  check(name .. ": a text is formatted", text():find(spec.formatted, 1, true), text())
  vim.cmd("write!")
end

--- A spec that extends another, and what it leads to.
local function extends()
  write("child.yaml", "extends: net.yaml\nmodel: Child\nparams: {classes: 3}\n")
  open("child.yaml")
  await("child.yaml: nothing is wrong with it", function() return #codes() == 0 end, codes)
  cursor_to("net.yaml")
  vim.lsp.buf.definition()
  await("child.yaml: `extends` leads to the other file", function() return vim.fn.expand("%:t") == "net.yaml" end,
    function() return vim.fn.expand("%") end)
  vim.cmd.edit(folder .. "/child.yaml")
  write("net.yaml", "model: Net\n")
  vim.cmd("write!")
  await("child.yaml: a change of the other file is seen when it is saved", function() return #codes() > 0 end, codes)
end

local function others()
  write("compose.yaml", "services:\n  web: {image: a}\n")
  open("compose.yaml")
  vim.wait(300)
  check("compose.yaml: other YAML is left alone", #codes() == 0, codes())
end

local ran, problem = pcall(function()
  vim.cmd("filetype on")
  assert(load(documented("lua")))()
  ask("net.yaml", {
    wrong = "model: Net\nparams: {classes: 10}\ninput:   {shape: [3, 32, 32]}\nblocks:\n  - conv: [8]\n    pol: max\nhead:\n  - gap\n  - dense: $classes\n  - softmax",
    code = "E0106", typo = "pol:", conv = "8]", param = "$classes", default = "params", complete = "  - ",
    proposed = "conv", formatted = "\ninput: {shape",
  })
  ask("net.vgg", {
    wrong = "model Net {\n    param classes = 10;\n    input   3 x 32 x 32;\n    blok { conv 8; }\n    head { gap; dense classes softmax; }\n}",
    code = "E0106", typo = "blok", conv = "conv 8", param = "classes soft", default = "param", complete = "    head { ",
    proposed = "flatten", formatted = "\n    input 3 x",
  })
  extends()
  others()
end)
if not ran then
  check("the script runs", false, problem)
end
vim.fn.delete(folder, "rf")
say(failed == 0 and "all is well" or failed .. " wrong")
vim.cmd(failed == 0 and "qall!" or "cquit! 1")
