//! The body: blocks of convolutions, each with a pool behind them.

use super::chain::Flow;
use super::change::Changed;
use super::limits::{FILTERS, REPEAT};
use super::naming::Naming;
use super::options::{ConvSettings, PoolSettings};
use super::windows::{WindowKind, Windowed};
use super::{Lowering, codes};
use crate::ast;
use crate::diagnostic::Diagnostic;
use crate::ir::{Block, Conv, Op, Pool};
use crate::lint::codes::BIAS_BEFORE_NORM;
use crate::names::{Named, Taken};
use crate::span::{Span, Spanned};

impl Lowering<'_> {
    /// Appends all blocks.
    pub(super) fn blocks(
        &mut self,
        blocks: &[Spanned<ast::Block>],
        defaults: &ConvSettings,
        pool: PoolSettings,
    ) -> Vec<Block> {
        let mut taken = Taken::default();
        let mut lowered = Vec::with_capacity(blocks.len());
        for (index, block) in blocks.iter().enumerate() {
            if self.chain.full() {
                break;
            }
            let name = self.block_name(index, block, &mut taken);
            let start = self.chain.len();
            self.block(index, name.as_deref(), block, defaults, pool);
            let shown = name.unwrap_or_else(|| default_name(index));
            self.chain.end_block(&shown);
            lowered.push(Block { name: shown, layers: start..self.chain.len() });
        }
        lowered
    }

    /// The name of a block, `None` after reporting what is wrong with it.
    fn block_name(&mut self, index: usize, block: &Spanned<ast::Block>, taken: &mut Taken) -> Option<String> {
        let (name, span) = match &block.value.name {
            Some(name) => {
                if !self.check_name(name, Named::Block) {
                    return None;
                }
                (name.value.clone(), name.span)
            }
            None => (default_name(index), block.span),
        };
        match taken.claim(&name, span) {
            Ok(()) => Some(name),
            Err(first) => {
                self.clash(Named::Block, &name, first, span);
                None
            }
        }
    }

    fn block(
        &mut self,
        index: usize,
        name: Option<&str>,
        block: &Spanned<ast::Block>,
        defaults: &ConvSettings,
        default_pool: PoolSettings,
    ) {
        let changes = self.changes(name.or(Some(&default_name(index))), Changed::Block);
        let settings =
            self.changed_settings(&changes).or(&self.conv_settings(&block.value.options)).or(defaults);
        if block.value.convs.is_empty() {
            let (message, label) = ("a block has no convolution", "at least one is needed");
            self.report(Diagnostic::error(codes::MISSING_PART, message, block.span, label));
        }
        let mut number = 0;
        for conv in &block.value.convs {
            let settings = self.conv_settings(&conv.value.options).or(&settings);
            let filters = self.number(&conv.value.filters, FILTERS);
            let repeat = conv.value.repeat.as_ref().map(|repeat| self.number(repeat, REPEAT));
            let repeat = repeat.flatten().unwrap_or(1);
            let own = self.own_naming(conv, repeat);
            for _ in 0..repeat {
                number += 1;
                if self.chain.full() {
                    return;
                }
                let naming = match (&own, name) {
                    (Some(own), _) => own.clone(),
                    (None, Some(prefix)) => Naming::Numbered { prefix: prefix.to_owned(), number },
                    (None, None) => Naming::Unknown,
                };
                self.conv(filters, conv, &settings, naming);
            }
        }
        let changed = changes.iter().find_map(|change| change.pool.as_ref());
        let (mut pool, mut span) = match changed.or(block.value.pool.as_ref()) {
            Some(pool) => (self.pool_settings(pool), pool.span),
            None => (default_pool, block.span),
        };
        if let (PoolSettings::Window { .. }, Some(name)) = (pool, name) {
            let changes = self.changes(Some(&pool_name(name)), Changed::Pool);
            if let Some(changed) = changes.iter().find_map(|change| change.pool.as_ref()) {
                (pool, span) = (self.pool_settings(changed), changed.span);
            }
        }
        self.pool(pool, span, name, index);
    }

    /// The naming after the convolution's own name, if it has one.
    fn own_naming(&mut self, conv: &Spanned<ast::Conv>, repeat: usize) -> Option<Naming> {
        let name = conv.value.name.as_ref()?;
        if repeat > 1 {
            self.name_with_repeat(name, conv.value.repeat.as_ref().map(|repeat| repeat.span));
            return Some(Naming::Unknown);
        }
        let fine = self.check_name(name, Named::Layer);
        Some(if fine { Naming::Own(name.value.clone()) } else { Naming::Unknown })
    }

    fn name_with_repeat(&mut self, name: &Spanned<String>, repeat: Option<Span>) {
        let message = format!("`{}` would name several layers", name.value);
        let mut finding =
            Diagnostic::error(codes::NAME_WITH_REPEAT, message, name.span, "a name stands for one layer")
                .help("write the convolutions one by one, or leave the names to the block");
        if let Some(repeat) = repeat {
            finding = finding.also(repeat, "repeated here");
        }
        self.report(finding);
    }

    fn conv(
        &mut self,
        filters: Option<usize>,
        conv: &Spanned<ast::Conv>,
        settings: &ConvSettings,
        naming: Naming,
    ) {
        let span = conv.value.name.as_ref().map_or(conv.span, |name| name.span);
        let given = naming.layer("conv");
        let changes = self.changes(given.as_deref(), Changed::Conv);
        let settings = &self.changed_settings(&changes).or(settings);
        let changed = changes.iter().find_map(|change| change.filters.as_ref());
        let filters = changed.map_or(filters, |filters| self.number(filters, FILTERS));
        let name = self.claim(given.clone(), span);
        // One clash is enough: the layers behind would clash, too.
        let naming = if name.is_some() { naming } else { Naming::Unknown };
        let windowed = Windowed {
            kind: WindowKind::Kernel,
            owner: given.as_deref().unwrap_or("this convolution"),
            span: conv.span,
            size_span: settings.kernel_span(),
        };
        let (window, size) = self.lay(settings.axes(), &windowed);
        let groups = self.groups(settings, filters, conv.span);
        let bias = settings.bias();
        let op = (|| Some(Op::Conv(Conv { filters: filters?, window: window?, groups: groups?, bias })))();
        let output = Flow::Maps { channels: filters, size };
        self.chain.trainable = settings.trainable();
        self.push(name, op, output, conv.span);
        self.needless_bias(settings, conv.span);
        self.batch_norm_layer(settings.norm(), naming.behind("bn"), conv.span);
        self.chain.trainable = true;
        let activation = settings.activation();
        self.activation_layer(activation, naming.behind(activation.name()), conv.span);
        self.lrn_layer(settings.norm(), naming.behind("lrn"), conv.span);
        if let Some(rate) = settings.dropout() {
            self.dropout_layer(rate, naming.behind("dropout"), conv.span);
        }
    }

    /// The number of groups. `None` if it is not known, or after reporting that it does not divide what it must.
    fn groups(&mut self, settings: &ConvSettings, filters: Option<usize>, conv: Span) -> Option<usize> {
        let (groups, span) = settings.groups();
        let (groups, span) = (groups?, span.unwrap_or(conv));
        let channels = match self.chain.flow {
            Flow::Maps { channels, .. } => channels,
            Flow::Vector(_) => None,
        };
        let parts = [("channels that come in", channels), ("filters", filters)];
        let odd = parts.iter().find(|(_, count)| count.is_some_and(|count| !count.is_multiple_of(groups)));
        let Some((what, Some(count))) = odd else { return Some(groups) };
        let message = format!("{groups} groups cannot share {count} {what}");
        let finding = Diagnostic::error(codes::GROUPS_DO_NOT_DIVIDE, message, span, "must divide them");
        let finding = if span == conv { finding } else { finding.also(conv, format!("{count} {what}")) };
        self.report(
            finding.help("take a number that divides both the channels that come in and the filters"),
        );
        None
    }

    /// Warns, once, of a bias that nobody asked for and that a norm subtracts again.
    fn needless_bias(&mut self, settings: &ConvSettings, span: Span) {
        if !matches!(settings.norm(), ast::Norm::Batch { .. }) || settings.says_bias() || self.warned_of_bias
        {
            return;
        }
        self.warned_of_bias = true;
        let message = "a batch norm takes away the bias in front of it";
        self.report(
            Diagnostic::warning(BIAS_BEFORE_NORM, message, span, "has a bias, and a norm behind it")
                .help("say `bias: false` beside `norm: batch`, or `bias: true` if you mean it"),
        );
    }

    fn pool(&mut self, pool: PoolSettings, span: Span, block: Option<&str>, index: usize) {
        let (PoolSettings::Window { mode, axes }, Flow::Maps { channels, .. }) = (pool, self.chain.flow)
        else {
            return;
        };
        let name = self.claim(block.map(pool_name), span);
        let unnamed = default_name(index);
        let windowed =
            Windowed { kind: WindowKind::Pool, owner: block.unwrap_or(&unnamed), span, size_span: None };
        let (window, size) = self.lay(axes, &windowed);
        let op = window.map(|window| Op::Pool(Pool { mode, window }));
        self.push(name, op, Flow::Maps { channels, size }, span);
    }
}

fn pool_name(block: &str) -> String {
    format!("{block}_pool")
}

fn default_name(index: usize) -> String {
    format!("block{}", index + 1)
}
