#!/usr/bin/env bash
# Draws the pictures of docs/gallery.md with the default model, into docs/images/gallery:
#   ./scripts/gallery.sh            all of them, some minutes
#   ./scripts/gallery.sh things     one, by the name of its function
set -euo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
cd "$here/.."
out=docs/images/gallery
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"

# grid NAME PROMPT ARGUMENT...: one sheet of `explore`.
grid() {
  local name=$1
  shift
  ./clipguide explore "$@" --quiet -o "$out/$name.jpg"
  rm -rf "$out/$name-pictures"
}

things() {
  grid things "a guitar" --seeds 2 -W 256 -H 256 \
    --sweep "prompt=a guitar,an owl at night,a blue car on a beach,a slice of pizza,two fish in the sea"
}

# The same words on every kind of canvas that needs no file.
canvases() {
  grid canvases "a red heart" --seeds 1 -W 256 -H 256 --lr 0 --coarse-to-fine 1 \
    --sweep "canvas=collage,pixel,pyramid,fourier,wavelet,palette,siren"
}

# How far the picture may depart from what the search began with.
steps() {
  grid steps "a cat on a beach" --seeds 1 -W 256 -H 256 --sweep "steps=1,10,30,80,200"
}

story() {
  ./clipguide storyboard examples/storyboard/ghost.toml --quiet -W 256 -H 256 -o "$work/story"
  cp "$work/story/sheet.png" "$out/story.png"
}

if [[ $# -eq 0 ]]; then
  set -- things canvases steps story
fi
for name in "$@"; do
  echo "gallery: $name" >&2
  "$name"
done
