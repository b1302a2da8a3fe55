#!/bin/bash
# Make container engines of other Debian releases available, without installing anything:
#   engines.sh NAME...     NAME: bookworm, trixie, sid (Docker), podman-trixie and so on
# Prints "NAME VERSION FOLDER" for each: a folder with dockerd, docker ... (for dockerd.sh -e), or
# podman's tree (for podman.sh -e). A release that is this machine's own, with docker.io installed,
# is not fetched. Everything is kept in $HULLGUARD_LAB (default /var/tmp/hullguard-lab).
set -euo pipefail
. "$(dirname "$0")/lib.sh"
[ $# -ge 1 ] || lab_die "usage: engines.sh NAME..."
work=${HULLGUARD_LAB:-/var/tmp/hullguard-lab}
mkdir -p "$work"
chmod 755 "$work"
release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")

# The mirror apt already uses here.
mirror() {
  local uri
  # shellcheck disable=SC2016
  uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' "Release: $release" |
    sed -n 1p)
  [ -n "$uri" ] || lab_die "apt has no source for $release main"
  echo "$uri"
}

# use SUITE: an apt state of its own for that release; sets the array apt
use() {
  local state=$work/apt-$1 key=/usr/share/keyrings/debian-archive-keyring.gpg
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
  [ -e "$state/status" ] || : >"$state/status"
  apt=(-o "Dir::Etc::sourcelist=$state/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$state/lists" -o "Dir::Cache=$state/cache" -o "Dir::State::status=$state/status"
    -o APT::Sandbox::User=root -o Acquire::Retries=3 -o Acquire::Languages=none)
  echo "deb [signed-by=$key] $(mirror) $1 main" >"$state/sources.list"
  apt-get "${apt[@]}" -qq update || lab_die "cannot read the package lists of $1"
}

# unpack DEST PACKAGE...: these packages alone; unpack -d DEST PACKAGE...: and what they depend on
unpack() {
  local all='' dest debs deb
  [ "$1" != -d ] || { all=1; shift; }
  dest=$1 debs=$work/debs
  shift
  rm -rf "$debs"
  mkdir -p "$dest" "$debs"
  if [ -n "$all" ]; then
    apt-get "${apt[@]}" -qq -y --no-install-recommends -o "Dir::Cache::archives=$debs" --download-only \
      install "$@" >/dev/null
  else
    (cd "$debs" && apt-get "${apt[@]}" -qq download "$@")
  fi || lab_die "cannot download $*"
  for deb in "$debs"/*.deb; do dpkg -x "$deb" "$dest"; done
  rm -rf "$debs"
}

# relink ROOT FILE...: make programs of another release run with the libraries (and libc) in ROOT
relink() {
  local root=$1 pe=patchelf file interpreter libs=() dir
  shift
  for dir in "$root"/usr/lib/*-linux-gnu "$root"/lib/*-linux-gnu; do
    if [ -d "$dir" ]; then libs+=("$dir"); fi
  done
  interpreter=$(find "${libs[@]}" -maxdepth 1 -name 'ld-linux-*.so.*' | sed -n 1p)
  if ! command -v patchelf >/dev/null; then
    pe=$work/tools/usr/bin/patchelf
    [ -x "$pe" ] || (use "$release" && unpack "$work/tools" patchelf)
  fi
  for file; do
    "$pe" --force-rpath --set-interpreter "$interpreter" --set-rpath "$(IFS=: && echo "${libs[*]}")" "$file"
  done
}
needs_relink() { # does it lack a library, or a version of the libc, here?
  local out
  out=$(ldd "$1" 2>&1) || true
  [[ $out == *'not found'* ]]
}

fetch_docker() { # fetch_docker SUITE DEST
  local packages=(docker.io containerd runc libc6 libseccomp2) name file
  mkdir -p "$2/bin"
  use "$1"
  # since trixie the client is a package of its own
  if apt-cache "${apt[@]}" show docker-cli >/dev/null 2>&1; then packages+=(docker-cli); fi
  unpack "$2/x" "${packages[@]}"
  for name in dockerd docker-proxy docker-init tini-static docker containerd containerd-shim-runc-v2 runc; do
    file=$(find "$2/x/usr/sbin" "$2/x/usr/bin" -name "$name" -type f | sed -n 1p)
    [ -n "$file" ] || continue
    cp "$file" "$2/bin/$name"
    if needs_relink "$2/bin/$name"; then relink "$2/x" "$2/bin/$name"; fi
  done
  rm -rf "$2"/x/{etc,var,usr/bin,usr/sbin,usr/share}
}

fetch_podman() { # fetch_podman SUITE DEST
  use "$1"
  unpack -d "$2" podman conmon runc netavark aardvark-dns nftables
  cp "$(find "$2/usr/sbin" "$2/usr/bin" -name runc -type f)" "$2/runc"
  relink "$2" "$2"/usr/bin/{podman,conmon} "$2"/usr/lib/podman/{netavark,aardvark-dns} "$2/usr/sbin/nft" "$2/runc"
  mkdir "$2/etc.over"
  mv "$2/etc/containers" "$2/etc.over/"
}

ready() { [ -e "$dest/ok" ] && { [ -x "$dest/bin/dockerd" ] || [ -x "$dest/usr/bin/podman" ]; }; }
provide() {
  rm -rf "$dest"
  if [ "$name" = "$release" ] && dpkg-query -W docker.io >/dev/null 2>&1; then
    mkdir -p "$dest/bin"
    ln -s /usr/sbin/dockerd /usr/bin/docker "$dest/bin"
  elif [[ $name == podman-* ]]; then
    fetch_podman "${name#podman-}" "$dest"
  else
    fetch_docker "$name" "$dest"
  fi
  : >"$dest/ok"
}

for name; do
  dest=$work/$name
  ready || (flock 9 && { ready || provide; }) 9>"$work/lock"
  case $name in
  podman-*) echo "$name $("$dest/usr/bin/podman" --version | sed 's/.* //') $dest" ;;
  *) echo "$name $("$dest/bin/dockerd" --version | sed 's/,.*//; s/.* //') $dest/bin" ;;
  esac
done
