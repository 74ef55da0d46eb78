#!/bin/sh
# Links a program that `swift build -c release` has compiled once more, with the Swift runtime and Foundation inside, so
# that it runs where no Swift is installed. The objects are the tested ones.
#   Scripts/link_static.sh PROGRAM OUTPUT
# (`swift build --static-swift-stdlib` would compile everything anew for the same result.)
set -eu
cd "$(dirname "$0")/.."
program=${1:?usage: link_static.sh PROGRAM OUTPUT}
output=${2:?usage: link_static.sh PROGRAM OUTPUT}
release=.build/release
objects=$release/$program.product/Objects.LinkFileList
if [ ! -e "$objects" ]; then
    echo "$objects is missing: run \`make build\` first" >&2
    exit 1
fi
module=$(echo "$program" | tr - _)
swiftc=$(dirname "$(command -v "${SWIFT:-swift}")")/swiftc
foundation=
for library in Foundation FoundationInternationalization FoundationEssentials _FoundationICU CoreFoundation \
    _FoundationCShims _FoundationCollections swiftSynchronization; do
    foundation="$foundation -Xlinker -l$library"
done
# Foundation's static libraries need each other in a circle.
# shellcheck disable=SC2086
"$swiftc" -static-stdlib -emit-executable -module-name "$module" -o "$output" -L "$release" \
    -Xlinker --gc-sections -Xlinker --defsym -Xlinker "main=${module}_main" -Xlinker --strip-all \
    "@$objects" -Xlinker --start-group $foundation -Xlinker --end-group \
    -lstdc++ -Xlinker --as-needed -lpng -ljpeg -lwebp -lheif -llcms2 -ledit
