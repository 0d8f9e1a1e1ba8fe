"""Proofbook: pages whose commands are proven and whose faults are really provoked."""
