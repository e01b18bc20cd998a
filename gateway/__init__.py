"""The gateway: one source of Envoy's configuration, for this machine and for Kubernetes."""
