#!/usr/bin/env bash
# Logs in to the account's registry. Puts out `registry`, and for an image `repository` and whether a commit of it is
# `published` already.
# Usage: registry.sh [IMAGE COMMIT]
set -euo pipefail

account=$(aws sts get-caller-identity --query Account --output text)
registry=$account.dkr.ecr.$AWS_REGION.amazonaws.com
aws ecr get-login-password | docker login --username AWS --password-stdin "$registry"
echo "registry=$registry" >>"$GITHUB_OUTPUT"

[[ $# -eq 2 ]] || exit 0
# Without a failure when there is none: that would not differ from other failures.
found=$(aws ecr batch-get-image --repository-name "$1" --image-ids imageTag="$2" --query 'length(images)' --output text)
published=false
[[ $found == 0 ]] || published=true
{
  echo "repository=$registry/$1"
  echo "published=$published"
} >>"$GITHUB_OUTPUT"
