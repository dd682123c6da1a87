# What follows is the same for every network.


class PaddedAverage(nn.AvgPool2d):
    """An average pool with any padding, which is no part of an average."""

    def __init__(self, kernel_size, stride=None, sides=(0, 0, 0, 0)):
        super().__init__(kernel_size, stride)
        self.sides = sides

    def forward(self, x):
        shares = super().forward(functional.pad(torch.ones_like(x[:1, :1]), self.sides))
        return super().forward(functional.pad(x, self.sides)) / shares


def state(network):
    """Return the tensors of a network by the names that `vggc` gives them."""
    return {
        # A name that Python or PyTorch already has is written with an underscore behind it.
        name.replace("_.", "."): tensor
        for name, tensor in network.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }


def load(path):
    """Return the network with the weights of a safetensors file, as `vggc train` writes them."""
    network = NETWORK()
    tensors, own = load_file(path), state(network)
    if set(tensors) != set(own):
        raise ValueError(f"{path} does not hold this network: {sorted(set(tensors) ^ set(own))[:5]}")
    for name, tensor in own.items():
        if tensor.shape != tensors[name].shape:
            raise ValueError(f"{name} is {list(tensors[name].shape)}, not {list(tensor.shape)}")
        tensor.copy_(tensors[name])
    return network


def save(network, path):
    """Write the weights as a safetensors file that `vggc` reads."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in state(network).items()}
    save_file(tensors, path, metadata={"model": NETWORK.__name__.rstrip("_")})


def read_images(folder, part):
    """Return images with pixels in [0, 1] and their labels; `part` is "train" or "t10k"."""
    files = (read_idx(folder, f"{part}-{kind}-ubyte") for kind in ("images-idx3", "labels-idx1"))
    images, labels = (torch.frombuffer(values, dtype=torch.uint8).reshape(shape) for shape, values in files)
    return images.reshape(len(labels), *INPUT_SHAPE).float() / 255, labels.long()


def epoch_order(count, epoch, rank, world):
    """Return this process's share of a shuffled epoch: equally many images for every process."""
    order = torch.randperm(count, generator=torch.Generator().manual_seed(SEED + epoch))
    return order[: count // world * world][rank::world]


@torch.no_grad()
def evaluate(network, images, labels, device):
    """Return the mean loss and the accuracy on labelled images."""
    network.eval()
    loss, correct = 0.0, 0
    for first in range(0, len(labels), BATCH):
        target = labels[first : first + BATCH].to(device)
        logits = network(images[first : first + BATCH].to(device))
        loss += functional.cross_entropy(logits, target, reduction="sum").item()
        correct += (logits.argmax(1) == target).sum().item()
    return loss / len(labels), correct / len(labels)


def train(arguments):
    """Train on a folder of IDX files: in one process, or in as many as torchrun started."""
    rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    use_gpu = torch.cuda.is_available()
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0))) if use_gpu else torch.device("cpu")
    if world > 1:
        torch.distributed.init_process_group("nccl" if use_gpu else "gloo")
    torch.manual_seed(SEED)
    network = (load(arguments.weights) if arguments.weights else NETWORK()).to(device)
    # The batch of the spec is that of all processes together.
    batch = max(BATCH // world, 1)
    model = network
    if world > 1:
        if use_gpu:
            network = nn.SyncBatchNorm.convert_sync_batchnorm(network)
        model = nn.parallel.DistributedDataParallel(network)
    optimizer = make_optimizer(model.parameters())
    images, labels = read_images(arguments.data, "train")
    test_images, test_labels = read_images(arguments.data, "t10k")
    for epoch in range(arguments.epochs):
        model.train()
        order = epoch_order(len(labels), epoch, rank, world)
        for chosen in order.split(batch):
            optimizer.zero_grad()
            logits = model(images[chosen].to(device))
            functional.cross_entropy(logits, labels[chosen].to(device)).backward()
            optimizer.step()
        if rank == 0:
            loss, accuracy = evaluate(network, test_images, test_labels, device)
            print(f"epoch {epoch + 1}: test loss {loss:.6f}, test accuracy {accuracy:.4f}", flush=True)
    if rank == 0:
        save(network, arguments.out)
    if world > 1:
        torch.distributed.destroy_process_group()


def named_parameters(network):
    """Yield what is trained, by the names that `vggc` gives it."""
    for name, parameter in network.named_parameters():
        yield name.replace("_.", "."), parameter


def watch(network, part, tensors):
    """Keep what every layer computes from now on."""

    def recorder(name):
        return lambda layer, inputs, output: tensors.update({name: output.detach().clone()})

    for name, layer in network.named_children():
        layer.register_forward_hook(recorder(f"{part}.{name.removesuffix('_')}"))


def record(arguments):
    """Write what every layer computes of a batch, and the gradients, for `vggc parity`."""
    network = load(arguments.weights)
    generator = torch.Generator().manual_seed(arguments.seed)
    images = torch.rand(arguments.batch, *INPUT_SHAPE, generator=generator)
    labels = torch.randint(0, CLASSES, (arguments.batch,), generator=generator)
    tensors = {"images": images, "labels": labels.float()}
    watch(network, "activations", tensors)
    with torch.no_grad():
        network.eval()(images)
    network = load(arguments.weights)
    for layer in network.modules():
        if isinstance(layer, nn.Dropout):
            layer.p = 0.0
    # All gradients are compared, also those of layers that are frozen otherwise.
    nn.Module.train(network.requires_grad_())
    # In training, norms go by the batch, and layers behind them compute something else.
    if any(isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d)) for layer in network.modules()):
        watch(network, "training", tensors)
    loss = functional.cross_entropy(network(images), labels)
    loss.backward()
    tensors["loss"] = loss.detach().reshape(1)
    tensors |= {f"gradients.{name}": parameter.grad for name, parameter in named_parameters(network)}
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, arguments.record)
