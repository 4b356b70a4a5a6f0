"""What the black-box suites share: processes, protocols, documents. Nothing here links the Rust crates."""
