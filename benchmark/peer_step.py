"""A rival of the benchmark: the guidance step in Python, as the well-known notebooks write it.

Random square cutouts of a picture of raw pixels, pooled to CLIP's size, a little noise, CLIP's
image tower, cosine to a wish, backward, Adam. The tower is written out here with torch's own
modules, as OpenAI's code has it, with random weights: nothing to install but torch.

  fp32  what people run
  bf16  the strongest simple rival: the tower in bfloat16, and the patch embedding as a reshape and
        a linear layer, because the backward of a convolution of stride 32 is slow

Protocol (benchmark/side.h): says `ready` after a first step; answers each line `step` with the step's
seconds, and the end of the input with the peak memory in GiB.
"""
import argparse
import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class QuickGELU(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(1.702 * x)


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.attn = nn.MultiheadAttention(width, heads)
        self.ln_1 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), QuickGELU(),
                                 nn.Linear(4 * width, width))
        self.ln_2 = nn.LayerNorm(width)

    def forward(self, x):
        y = self.ln_1(x)
        x = x + self.attn(y, y, y, need_weights=False)[0]
        return x + self.mlp(self.ln_2(x))


class VisionTransformer(nn.Module):
    def __init__(self, side, patch, width, layers, embedding, linear_patches):
        super().__init__()
        self.patch, self.linear_patches = patch, linear_patches
        self.conv1 = nn.Conv2d(3, width, patch, patch, bias=False)
        self.class_embedding = nn.Parameter(torch.randn(width) * width**-0.5)
        self.positions = nn.Parameter(torch.randn((side // patch)**2 + 1, width) * width**-0.5)
        self.ln_pre, self.ln_post = nn.LayerNorm(width), nn.LayerNorm(width)
        self.blocks = nn.Sequential(*[Block(width, width // 64) for _ in range(layers)])
        self.proj = nn.Parameter(torch.randn(width, embedding) * width**-0.5)

    def embed_patches(self, x):
        if not self.linear_patches:
            return self.conv1(x).flatten(2).transpose(1, 2)
        n, c, side, _ = x.shape
        p, grid = self.patch, side // self.patch
        x = x[:, :, :grid * p, :grid * p].reshape(n, c, grid, p, grid, p)
        x = x.permute(0, 2, 4, 1, 3, 5).reshape(n, grid * grid, c * p * p)
        return F.linear(x, self.conv1.weight.flatten(1))

    def forward(self, x):
        x = self.embed_patches(x)
        first = self.class_embedding.to(x.dtype).expand(x.shape[0], 1, -1)
        x = self.ln_pre(torch.cat([first, x], 1) + self.positions.to(x.dtype))
        x = self.blocks(x.transpose(0, 1)).transpose(0, 1)
        return self.ln_post(x[:, 0]) @ self.proj


class Bottleneck(nn.Module):
    def __init__(self, inner, channels, stride):
        super().__init__()
        out = channels * 4
        self.conv1, self.bn1 = nn.Conv2d(inner, channels, 1, bias=False), nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.avgpool = nn.AvgPool2d(stride) if stride > 1 else nn.Identity()
        self.conv3, self.bn3 = nn.Conv2d(channels, out, 1, bias=False), nn.BatchNorm2d(out)
        self.downsample = None
        if stride > 1 or inner != out:
            self.downsample = nn.Sequential(nn.AvgPool2d(stride), nn.Conv2d(inner, out, 1, bias=False),
                                            nn.BatchNorm2d(out))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.avgpool(F.relu(self.bn2(self.conv2(y))))
        y = self.bn3(self.conv3(y))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class AttentionPool(nn.Module):
    def __init__(self, side, width, heads, embedding):
        super().__init__()
        self.heads = heads
        self.positions = nn.Parameter(torch.randn(side * side + 1, width) * width**-0.5)
        self.q_proj, self.k_proj = nn.Linear(width, width), nn.Linear(width, width)
        self.v_proj, self.c_proj = nn.Linear(width, width), nn.Linear(width, embedding)

    def forward(self, x):
        x = x.flatten(2).permute(2, 0, 1)
        x = torch.cat([x.mean(0, keepdim=True), x]) + self.positions[:, None].to(x.dtype)
        x, _ = F.multi_head_attention_forward(
            query=x[:1], key=x, value=x, embed_dim_to_check=x.shape[-1], num_heads=self.heads,
            q_proj_weight=self.q_proj.weight, k_proj_weight=self.k_proj.weight,
            v_proj_weight=self.v_proj.weight, in_proj_weight=None,
            in_proj_bias=torch.cat([self.q_proj.bias, self.k_proj.bias, self.v_proj.bias]),
            bias_k=None, bias_v=None, add_zero_attn=False, dropout_p=0,
            out_proj_weight=self.c_proj.weight, out_proj_bias=self.c_proj.bias,
            use_separate_proj_weight=True, training=False, need_weights=False)
        return x[0]


class ModifiedResNet(nn.Module):
    def __init__(self, side, width, layers, heads, embedding):
        super().__init__()
        half = width // 2
        stem = []
        for inner, out, stride in ((3, half, 2), (half, half, 1), (half, width, 1)):
            stem += [nn.Conv2d(inner, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU()]
        self.stem = nn.Sequential(*stem, nn.AvgPool2d(2))
        blocks, inner = [], width
        for stage, count in enumerate(layers):
            for block in range(count):
                channels = width << stage
                blocks.append(Bottleneck(inner, channels, 2 if stage and not block else 1))
                inner = channels * 4
        self.blocks = nn.Sequential(*blocks)
        self.attnpool = AttentionPool(side // 32, inner, heads, embedding)

    def forward(self, x):
        return self.attnpool(self.blocks(self.stem(x)))


def make_tower(config, linear_patches):
    vision, embedding = config["vision_cfg"], config["embed_dim"]
    side, width, layers = vision["image_size"], vision["width"], vision["layers"]
    if isinstance(layers, list):
        heads = width * 32 // vision.get("head_width", 64)
        return ModifiedResNet(side, width, layers, heads, embedding)
    return VisionTransformer(side, vision["patch_size"], width, layers, embedding, linear_patches)


class MakeCutouts(nn.Module):
    def __init__(self, cut_size, cutn, noise=0.1):
        super().__init__()
        self.cut_size, self.cutn, self.noise = cut_size, cutn, noise

    def forward(self, picture):
        height, width = picture.shape[2:4]
        largest, smallest = min(height, width), min(height, width, self.cut_size)
        cutouts = []
        for _ in range(self.cutn):
            size = int(torch.rand([]) * (largest - smallest) + smallest)
            left = int(torch.randint(0, width - size + 1, ()))
            top = int(torch.randint(0, height - size + 1, ()))
            cutout = picture[:, :, top:top + size, left:left + size]
            cutouts.append(F.adaptive_avg_pool2d(cutout, self.cut_size))
        batch = torch.cat(cutouts)
        strength = torch.empty(self.cutn, 1, 1, 1).uniform_(0, self.noise)
        return batch + strength * torch.randn_like(batch)


def peak_memory_gib():
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 2**20
    return 0.0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config")
    parser.add_argument("--views", type=int, default=32)
    parser.add_argument("--canvas", type=int, default=224)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--processor-time", action="store_true")
    options = parser.parse_args()
    now_s = time.process_time if options.processor_time else time.perf_counter
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    bf16 = options.precision == "bf16"
    dtype = torch.bfloat16 if bf16 else torch.float32

    with open(options.config) as file:
        config = json.load(file)["model_cfg"]
    tower = make_tower(config, linear_patches=bf16).eval().requires_grad_(False).to(dtype)
    picture = torch.rand(1, 3, options.canvas, options.canvas).requires_grad_()
    wish = F.normalize(torch.randn(1, config["embed_dim"]), dim=-1)
    optimizer = torch.optim.Adam([picture], lr=0.05)
    make_cutouts = MakeCutouts(config["vision_cfg"]["image_size"], options.views)
    mean = torch.tensor([0.48145466, 0.4578275, 0.40821073]).view(1, 3, 1, 1)
    std = torch.tensor([0.26862954, 0.26130258, 0.27577711]).view(1, 3, 1, 1)

    def step():
        optimizer.zero_grad()
        cutouts = (make_cutouts(picture) - mean) / std
        embeddings = F.normalize(tower(cutouts.to(dtype)).float(), dim=-1)
        loss = -(embeddings @ wish.T).mean()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            picture.clamp_(0, 1)
        return loss.item()

    step()
    print("ready", flush=True)
    for line in sys.stdin:
        if line.strip() != "step":
            break
        start = now_s()
        step()
        print(f"{now_s() - start:.6f}", flush=True)
    print(f"{peak_memory_gib():.4f}", flush=True)


if __name__ == "__main__":
    main()
