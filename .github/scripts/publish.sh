#!/usr/bin/env bash
# Signs an image that has passed, with the workflow's own identity, attests what is in it, and gives it its tag at last:
# what has a tag is signed.
# Usage: publish.sh REPOSITORY@DIGEST TAG SBOM
set -euo pipefail

image=${1:?usage: publish.sh REPOSITORY@DIGEST TAG SBOM}
tag=$2
sbom=$3

# An attempt that broke off may have signed the same digest; signatures have tags too, and tags never change.
mark=${image##*@}
mark=${mark/:/-}
has() { docker buildx imagetools inspect "${image%@*}:$1" >/dev/null 2>&1; }

has "$mark.sig" || cosign sign --yes "$image"
has "$mark.att" || cosign attest --yes --type spdxjson --predicate "$sbom" "$image"
# The same manifest under another name, so that the digest stays.
docker buildx imagetools create --prefer-index=false --tag "${image%@*}:$tag" "$image"
