"""What torchvision and Keras make of a photograph before a VGG sees it.

Writes tests/fixtures/preprocess/photo.png, a part of scikit-image's picture of the astronaut Eileen Collins
(NASA, public domain), and photo.safetensors beside it, with every 7th row and column of

  torch       torch's antialiased bilinear interpolation to a shorter side of 256, the middle 224x224, normalised
  pil         the same by PIL, as torchvision's transforms do it with an image out of a file: pixels are bytes
  torch_small, pil_small   the same for a shorter side of 64 and the middle 56x56
  keras       keras.applications.vgg16.preprocess_input of PIL's image of 224x224, channels first
"""

import pathlib

import numpy as np
import skimage.data
import torch
from keras.applications.vgg16 import preprocess_input
from PIL import Image
from safetensors.numpy import save_file

FOLDER = pathlib.Path(__file__).parent.parent / "fixtures" / "preprocess"
MEAN = np.array([0.485, 0.456, 0.406], np.float32)[:, None, None]
STD = np.array([0.229, 0.224, 0.225], np.float32)[:, None, None]
STEP = 7


def sizes(height, width, shorter):
    """torchvision's Resize: the longer side is rounded down."""
    if height <= width:
        return shorter, int(shorter * width / height)
    return int(shorter * height / width), shorter


def middle(planes, crop):
    """torchvision's CenterCrop: half of an odd difference is rounded to even."""
    _, height, width = planes.shape
    top, left = int(round((height - crop) / 2.0)), int(round((width - crop) / 2.0))
    return planes[:, top : top + crop, left : left + crop]


def by_torch(photo, shorter):
    planes = torch.from_numpy(photo.copy()).permute(2, 0, 1)[None].float() / 255.0
    size = sizes(*photo.shape[:2], shorter)
    resized = torch.nn.functional.interpolate(
        planes, size=size, mode="bilinear", align_corners=False, antialias=True
    )
    return resized[0].numpy()


def by_pil(photo, shorter):
    height, width = sizes(*photo.shape[:2], shorter)
    resized = Image.fromarray(photo).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(resized).transpose(2, 0, 1).astype(np.float32) / 255.0


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    photo = np.ascontiguousarray(skimage.data.astronaut()[20:171, 130:331])
    Image.fromarray(photo).save(FOLDER / "photo.png", optimize=True)
    stretched = np.asarray(Image.fromarray(photo).resize((224, 224), Image.Resampling.BILINEAR))
    keras = preprocess_input(stretched.astype(np.float32)[None])[0].transpose(2, 0, 1)
    tensors = {"keras": keras}
    for name, by in (("torch", by_torch), ("pil", by_pil)):
        for suffix, shorter, crop in (("", 256, 224), ("_small", 64, 56)):
            tensors[name + suffix] = (middle(by(photo, shorter), crop) - MEAN) / STD
    tensors = {name: np.ascontiguousarray(planes[:, ::STEP, ::STEP]) for name, planes in tensors.items()}
    save_file(tensors, FOLDER / "photo.safetensors")
    for name, planes in tensors.items():
        print(name, planes.shape, planes.dtype, float(planes.min()), float(planes.max()))


if __name__ == "__main__":
    main()
