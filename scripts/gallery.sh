#!/usr/bin/env bash
# Draws docs/gallery.md and its pictures anew, with the built program and the default model.
#   scripts/gallery.sh [--threads N]
set -euo pipefail

cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
program=$PWD/build/release/bin/clipguide
pictures=docs/images/gallery
page=docs/gallery.md
machine=("$@")

[[ -x $program ]] || {
  echo "expected the program at $program: ./clipguide builds it" >&2
  exit 1
}
work=build/gallery  # records name what pictures start from: the same path each time
rm -rf "$work" && mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
mkdir -p "$pictures"

say() { printf '%s\n' "$@" >>"$page"; }

# shown WORDS...: a command as a reader would type it.
shown() {
  local word line=./clipguide
  for word in "$@"; do
    if [[ $word =~ ^[A-Za-z0-9_./,=:-]+$ ]]; then line+=" $word"; else line+=" \"$word\""; fi
  done
  say '' "    $line"
}

# picture NAME TITLE REMARK WORDS...: one picture of `clipguide WORDS`.
picture() {
  local name=$1 title=$2 remark=$3
  shift 3
  echo "$name" >&2
  "$program" "$@" "${machine[@]}" --quiet -o "$pictures/$name.jpg" --quality 88 >/dev/null
  say '' "### $title" '' "![$title](images/gallery/$name.jpg)" '' "$remark"
  shown "$@" -o "$name.jpg"
}

chapter() { say '' "## $1" '' "$2"; }

cat >"$page" <<'END'
# Gallery

What the default model draws, one seed each, made by `scripts/gallery.sh`. Each JPEG
holds its whole run: `clipguide rerun docs/images/gallery/apple.jpg -o again.png`.
END

chapter "One prompt, four ways" \
  "The same words and the same CLIP; what differs is what the picture is made of."
picture apple "Default" "A painted backdrop and objects that a generator of forms draws." \
  "a red apple on a green background" --seed 1
picture apple-fine "Fine" "The same with more steps and views." \
  "a red apple on a green background" --seed 1 --preset fine
picture apple-paint "Paint" "Pixels alone: what this CLIP itself knows of an apple." \
  "a red apple on a green background" --seed 1 --preset paint
picture apple-pure "Pure" \
  "The textbook's loop, without any constraint: the same similarity, and noise to everybody else." \
  "a red apple on a green background" --seed 1 --preset pure

chapter "Scenes" "Things, places and styles that the model's world holds."
picture castle "A thing at a place" "The night comes from the words." "a castle at night under the stars" --seed 3
picture boat "A calm sea" "Backdrop and thing are climbed together." "a sailboat in the sea at sunset" --seed 3
picture pair "Two things" "Left and right are as the words say: the arrangements that are tried heed it." \
  "a cat to the left of a red car" --seed 3
picture many "Many" "\`--objects\` bounds how many objects there may be." "many strawberries" --seed 3
picture bay "A scene file" "Prompts for boxes, from [a scene of ten lines](../examples/scene/bay.toml)." \
  --scene examples/scene/bay.toml

chapter "Canvases" \
  "With \`--preset paint\` and another canvas the same climb draws in another hand ([control](control.md)). Without the generator this small CLIP gives colours and texture; of forms it knows little ([where it fails](default-model.md#where-it-fails))."
picture palette "Palette" "The apple above in cells of eight colours that the run finds." \
  "a red apple on a green background" --init docs/images/gallery/apple.jpg --preset paint --canvas palette \
  --optimizer adam --lr 0 --colours 8 --cell 8 --steps 20 --seed 4
picture fourier "Fourier" "A spectrum." "a tropical fish in the sea" --preset paint --canvas fourier --seed 4
picture wavelet "Wavelet" "Coefficients of db4." \
  "a tropical fish in the sea" --preset paint --canvas wavelet --wavelet db4 --seed 4
picture siren "Siren" "A network from a place to its colour." \
  "a tropical fish in the sea" --preset paint --canvas siren --seed 4
picture pyramid-butterfly "Mirrored" "\`--symmetry left-right\`: one half is drawn." \
  "a butterfly" --preset paint --symmetry left-right --seed 4
picture tile "Without a seam" "\`--tile\`: lay copies side by side." "strawberries" --tile --seed 4

chapter "From a picture" "Pictures as wishes ([control](control.md))."
picture resembling "Like a picture" "No words: the embedding of the boat above is the prompt." \
  generate --image-prompt docs/images/gallery/boat.jpg --seed 5

picture laid-in "Into a picture" "\`--init\`: what the words name and the picture does not show is laid into it." \
  "a duck" --init docs/images/gallery/boat.jpg --seed 5
picture masked "Only there" \
  "\`--mask\`: drawn where [the mask](../examples/mask/right-half.png) is white; the left half stays as it was." \
  "a red apple" --init docs/images/gallery/boat.jpg --mask examples/mask/right-half.png --seed 5
picture styled "In the colours of a picture" "\`--style-image\`: colours and texture of the boat, and nothing of what it shows." \
  "a fox" --style-image docs/images/gallery/boat.jpg:3 --seed 5

# strip TITLE FILE...: small pictures side by side.
strip() {
  local title=$1 file number=0
  shift
  say ''
  for file in "$@"; do
    number=$((number + 1))
    cp "$file" "$pictures/$title-$number.png"
    printf '![%s %d](images/gallery/%s-%d.png) ' "$title" "$number" "$title" "$number" >>"$page"
  done
  say ''
}

chapter "Over the run" "What is wanted may change on the way ([control](control.md#over-the-run))."
picture morph "From prompt to prompt" "\`--morph\`: first a pumpkin, in the end an owl." \
  "a pumpkin | an owl" --morph --preset paint --seed 4
picture bold-start "A bold start and a careful end" \
  "[A schedule](../examples/schedule/bold_start.toml): first many views and large steps, then few views and small steps." \
  "a tropical fish in the sea" --schedule examples/schedule/bold_start.toml --seed 1

echo "explore" >&2
chapter "Seeds and options" "The same words with two seeds and two of an option ([explore](explore.md))."
"$program" explore "a fox" --seeds 2 --sweep tv=20,200 --preset fast -W 128 -H 128 --seed 6 \
  "${machine[@]}" --quiet -o "$work/grid" >/dev/null
strip grid "$work/grid/sheet.png"
shown explore "a fox" --seeds 2 --sweep tv=20,200 --preset fast -W 128 -H 128 --seed 6 -o grid

"$program" explore --vary docs/images/gallery/castle.jpg --seeds 3 -W 192 -H 192 "${machine[@]}" --quiet \
  -o "$work/vary" >/dev/null
say '' "Variations of the castle above:"
strip vary "$work/vary/sheet.png"
shown explore --vary docs/images/gallery/castle.jpg --seeds 3 -W 192 -H 192 -o vary

"$program" explore "a penguin in the snow" --seeds 8 --best 3 --preset fast -W 128 -H 128 --seed 6 \
  "${machine[@]}" --quiet -o "$work/best" >/dev/null
say '' "The three of eight seeds that the judge prefers, framed:"
strip best "$work/best/sheet.png"
shown explore "a penguin in the snow" --seeds 8 --best 3 --preset fast -W 128 -H 128 --seed 6 -o best

"$program" explore --between docs/images/gallery/castle.jpg docs/images/gallery/boat.jpg --count 4 -W 192 -H 192 \
  "${machine[@]}" --quiet -o "$work/between" >/dev/null
say '' "On the way from the castle to the boat:"
strip between "$work/between/sheet.png"
shown explore --between docs/images/gallery/castle.jpg docs/images/gallery/boat.jpg --count 4 -W 192 -H 192 -o between

echo "film" >&2
chapter "A film" \
  "Every third frame of a film whose camera comes nearer and whose story goes from one thing to another ([film](film.md))."
"$program" film "a dog on grass | a rabbit on grass" --morph --frames 16 --zoom 1.02 --seed 4 \
  -W 192 -H 192 "${machine[@]}" --quiet -o "$work/film" >/dev/null
strip film "$work/film/"0000{01,04,07,10,13,16}.png
shown film "a dog on grass | a rabbit on grass" --morph --frames 16 --zoom 1.02 --seed 4 -W 192 -H 192 -o film

echo "storyboard" >&2
chapter "A storyboard" \
  "Seven panels of [a script](../examples/storyboard/ghost.toml) ([storyboard](storyboard.md))."
"$program" storyboard examples/storyboard/ghost.toml -W 192 -H 192 "${machine[@]}" --quiet \
  -o "$work/ghost" >/dev/null
strip ghost "$work/ghost/panels/"{evening,boat,ghost,moon,face,sea,apple}.png
shown storyboard examples/storyboard/ghost.toml -W 192 -H 192 -o ghost

echo "dataset" >&2
chapter "A data set" \
  "Six of each class of [a spec](../examples/pictograms.toml), two classes a row, as the judge let them pass ([dataset](dataset.md))."
sed 's/^count = .*/count = 6/' examples/pictograms.toml >"$work/pictograms.toml"
"$program" dataset "$work/pictograms.toml" "${machine[@]}" --quiet -o "$work/pictograms" >/dev/null
ffmpeg -loglevel error -y -pattern_type glob -i "$work/pictograms/images/*/*.png" \
  -vf scale=112:112,tile=12x4:padding=4:margin=4:color=white -frames:v 1 -q:v 3 "$pictures/dataset.jpg"
say '' '![Eight classes of six pictures](images/gallery/dataset.jpg)'
shown dataset examples/pictograms.toml -o pictograms

echo "explain" >&2
chapter "How it works" \
  "From [a page for teaching](explain.md): picture, gradient with its sign, and its size, after 10 steps and at the end."
"$program" explain "a red apple" --preset paint -W 192 -H 192 --seed 1 "${machine[@]}" --quiet \
  -o "$work/explain" >/dev/null
last=$(find "$work/explain/guided" -name '*-picture.png' | sort | tail -1)
strip explain "$work/explain/guided/step-00010-"{picture,gradient,gradient-size}.png \
  "$last" "${last%picture.png}"{gradient,gradient-size}.png
shown explain "a red apple" --preset paint -W 192 -H 192 --seed 1 -o explain
