"""Makes what cannot be had: deterministic data in real shapes, each row marked `is_synthetic`."""
