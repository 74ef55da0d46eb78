#!/bin/sh
# Makes the Debian packages, after `make build`.
#   Scripts/make_debs.sh OUTPUT      OUTPUT: folder for *.deb
# Needs the Debian package dpkg-dev.
set -eu
output=$(realpath -m "${1:?usage: make_debs.sh OUTPUT}")
cd "$(dirname "$0")/.."
debian=Deploy/debian
version=$(dpkg-parsechangelog -l "$debian/changelog" -S Version)
SOURCE_DATE_EPOCH=$(dpkg-parsechangelog -l "$debian/changelog" -S Timestamp)
export SOURCE_DATE_EPOCH
architecture=$(dpkg --print-architecture)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
umask 022
mkdir -p "$output"
rm -f "$output"/editable-deepsc-*.deb

put() { # MODE SOURCE TARGET: into the package that is being made
    install -D -m "$1" "$2" "$tree/$3"
}

program() { # NAME: program, man page, completions
    file=$tree/usr/bin/$1
    mkdir -p "$tree/usr/bin"
    Scripts/link_static.sh "$1" "$file"
    if [ "$("$file" --version)" != "$version" ]; then
        echo "$1 is not version $version, which $debian/changelog says" >&2
        exit 1
    fi
    mkdir -p "$tree/usr/share/man/man1" "$tree/usr/share/bash-completion/completions" \
        "$tree/usr/share/zsh/vendor-completions" "$tree/usr/share/fish/vendor_completions.d"
    Scripts/make_manual.py "$file" --date "$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)" \
        | gzip -9n >"$tree/usr/share/man/man1/$1.1.gz"
    # Sourced, not run: without the script's first line, which names a shell.
    "$file" --generate-completion-script bash | sed '1{/^#!/d}' >"$tree/usr/share/bash-completion/completions/$1"
    "$file" --generate-completion-script zsh >"$tree/usr/share/zsh/vendor-completions/_$1"
    "$file" --generate-completion-script fish >"$tree/usr/share/fish/vendor_completions.d/$1.fish"
}

configuration() { # NAME STATE: the shipped configuration with an installed system's paths
    mkdir -p "$tree/etc/editable-deepsc"
    sed -e '/^ready_file/d' -e 's|^# Relative paths start where.*|# Paths under /var/lib and /run are those of the unit.|' \
        -e 's|"Models" *|"/usr/share/editable-deepsc/models" |' \
        -e "s|\"demo/run/link.key\"\] *#.*|\"credential:link-key\"] # the unit's LoadCredential: /etc/editable-deepsc/link.key|" \
        -e 's|"Config/delay-lines/|"/usr/share/editable-deepsc/delay-lines/|' \
        -e 's|"demo/run/\([a-z]*.sock\)" *|"/run/editable-deepsc/\1" |' \
        -e "s|\"demo/run/|\"/var/lib/$2/|" "Config/$1.toml" >"$tree/etc/editable-deepsc/$1.toml"
    if grep -n 'demo/\|Scripts/' "$tree/etc/editable-deepsc/$1.toml"; then
        echo "Config/$1.toml has a path that is not an installed system's" >&2
        exit 1
    fi
}

begin() { # PACKAGE
    package=$1
    tree=$work/$package
    mkdir -p "$tree/DEBIAN"
    put 644 "$debian/copyright" "usr/share/doc/$package/copyright"
    gzip -9n <"$debian/changelog" >"$tree/usr/share/doc/$package/changelog.gz"
}

finish() { # builds the package that was begun
    depends=
    # shellcheck disable=SC2046
    if [ -d "$tree/usr/bin" ] && [ "$package" != editable-deepsc-common ]; then
        mkdir -p "$work/debian"
        cp "$debian/control" "$work/debian/control"
        depends=$(cd "$work" && dpkg-shlibdeps -O $(find "$package/usr/bin" -type f) 2>"$work/shlibdeps.log" \
            || { cat "$work/shlibdeps.log" >&2; exit 1; })
        depends=${depends#shlibs:Depends=}
    fi
    {
        echo "Package: $package"
        echo "Version: $version"
        sed -n '1,/^$/p' "$debian/control" | grep -E '^(Source|Section|Priority|Maintainer):'
        sed -n "/^Package: $package\$/,/^\$/p" "$debian/control" | sed '1d;/^$/d' \
            | sed -e "s/\${Version}/$version/" -e "s/\${shlibs:Depends}/$depends/" -e "s/^Architecture: any/Architecture: $architecture/"
    } >"$tree/DEBIAN/control"
    # Installed-Size goes before the description, which must be last.
    sed -i "/^Architecture:/a Installed-Size: $(du -sk --exclude=DEBIAN "$tree" | cut -f1)" "$tree/DEBIAN/control"
    [ ! -d "$tree/etc" ] || (cd "$tree" && find etc -type f | sort | sed 's|^|/|') >"$tree/DEBIAN/conffiles"
    for script in postinst prerm postrm; do
        [ ! -e "$debian/$package.$script" ] || put 755 "$debian/$package.$script" "DEBIAN/$script"
    done
    (cd "$tree" && find usr var lib -type f 2>/dev/null | sort | xargs md5sum) >"$tree/DEBIAN/md5sums"
    dpkg-deb -Zxz -z1 --root-owner-group --build "$tree" "$output" >/dev/null
    echo "$output/${package}_${version}_$(sed -n 's/^Architecture: //p' "$tree/DEBIAN/control").deb"
}

begin editable-deepsc-common
for file in Models/trained/*; do put 644 "$file" "usr/share/editable-deepsc/models/trained/${file##*/}"; done
mkdir -p "$tree/var/lib/editable-deepsc/imported"
ln -s /var/lib/editable-deepsc/imported "$tree/usr/share/editable-deepsc/models/imported"
put 755 Scripts/fetch_models.py usr/share/editable-deepsc/scripts/fetch_models.py
for file in Scripts/importers/*.py; do put 644 "$file" "usr/share/editable-deepsc/scripts/importers/${file##*/}"; done
put 755 "$debian/editable-deepsc-fetch-models" usr/sbin/editable-deepsc-fetch-models
put 755 Scripts/make_key.sh usr/sbin/editable-deepsc-make-key
mkdir -p "$tree/usr/share/man/man8"
for name in editable-deepsc-fetch-models editable-deepsc-make-key; do
    sed "s/@DATE@/$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)/" "$debian/$name.8" \
        | gzip -9n >"$tree/usr/share/man/man8/$name.8.gz"
done
put 644 "$debian/README.Debian" "usr/share/doc/$package/README.Debian"
# The pages for operators and developers; the researchers' ones are about the source.
for file in operations two-hosts security reliability relay gnuradio control-api console wire; do
    gzip -9n <"docs/$file.md" >"$tree/usr/share/doc/$package/$file.md.gz"
done
for file in Scripts/interop/*.py; do put 755 "$file" "usr/share/doc/$package/examples/interop/${file##*/}"; done
put 644 docs/gnuradio/channel.grc "usr/share/doc/$package/examples/gnuradio/channel.grc"
put 644 Deploy/prometheus/editable-deepsc.rules.yml "usr/share/doc/$package/examples/prometheus/editable-deepsc.rules.yml"
put 644 Deploy/grafana/editable-deepsc.json "usr/share/doc/$package/examples/grafana/editable-deepsc.json"
finish

begin editable-deepsc-tx
program tx-daemon
program txctl
configuration tx-daemon editable-deepsc-tx
put 644 Deploy/systemd/tx-daemon.service lib/systemd/system/tx-daemon.service
put 644 Deploy/systemd/tx-daemon.socket lib/systemd/system/tx-daemon.socket
put 644 "$debian/editable-deepsc.sysusers" usr/lib/sysusers.d/editable-deepsc-tx.conf
finish

begin editable-deepsc-rx
program rx-daemon
configuration rx-daemon editable-deepsc-rx
put 644 Deploy/systemd/rx-daemon.service lib/systemd/system/rx-daemon.service
put 644 Deploy/systemd/rx-daemon.socket lib/systemd/system/rx-daemon.socket
put 644 "$debian/editable-deepsc.sysusers" usr/lib/sysusers.d/editable-deepsc-rx.conf
finish

begin editable-deepsc-relay
program snr-relay
configuration snr-relay editable-deepsc-relay
for file in Config/delay-lines/*; do put 644 "$file" "usr/share/editable-deepsc/delay-lines/${file##*/}"; done
put 644 Deploy/systemd/snr-relay.service lib/systemd/system/snr-relay.service
put 644 Deploy/systemd/snr-relay.socket lib/systemd/system/snr-relay.socket
put 644 "$debian/editable-deepsc.sysusers" usr/lib/sysusers.d/editable-deepsc-relay.conf
finish

begin editable-deepsc-console
program deepsc-console
configuration deepsc-console editable-deepsc-console
put 644 Deploy/systemd/deepsc-console.service lib/systemd/system/deepsc-console.service
put 644 "$debian/editable-deepsc.sysusers" usr/lib/sysusers.d/editable-deepsc-console.conf
finish

begin editable-deepsc-tools
program modelctl
finish
