#!/usr/bin/env bash
# Removes from a cluster what its controllers made AWS resources for: load balancers and disks, which Terraform doesn't
# know. Argo CD ends first, or it would bring everything back.
# Usage: remove-entry.sh NAMESPACE
set -euo pipefail

namespace=${1:?usage: remove-entry.sh NAMESPACE}

# Who was admitted to the cluster a moment ago is not known everywhere yet.
for _ in {1..12}; do
  if kubectl auth can-i delete namespaces >/dev/null; then break; fi
  sleep 5
done

kubectl --namespace argocd delete statefulset --selector app.kubernetes.io/name=argocd-application-controller
kubectl delete ingress --all --all-namespaces --timeout 10m
kubectl get service --all-namespaces --output jsonpath='{range .items[?(@.spec.type=="LoadBalancer")]}{.metadata.namespace}{" "}{.metadata.name}{"\n"}{end}' |
  while read -r where name; do
    kubectl --namespace "$where" delete service "$name" --timeout 10m
  done
# Its claims of disks go with it.
kubectl delete namespace "$namespace" --ignore-not-found --timeout 15m
