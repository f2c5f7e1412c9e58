# shellcheck shell=sh
# Finding, or on Debian-like machines installing, a Chromium for the browser tests.

works_as_browser() {
    "$1" --version >/dev/null 2>&1 </dev/null
}

find_chromium() {
    for candidate in \
        ${CHROMIUM:+"$CHROMIUM"} chromium chromium-browser google-chrome google-chrome-stable \
        "${PLAYWRIGHT_BROWSERS_PATH:-$HOME/.cache/ms-playwright}"/chromium-*/chrome-linux*/chrome \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    do
        works_as_browser "$candidate" && command -v "$candidate" && return
    done
    return 1
}

# Prints the path of a Chromium; fails when this machine has none and cannot have one.
ensure_chromium() {
    find_chromium && return
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
    echo "-> installing Chromium for the browser tests" >&2
    {
        apt-get -qq update &&
            DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium fonts-dejavu-core
    } >/dev/null 2>&1 </dev/null || return 1
    find_chromium
}
