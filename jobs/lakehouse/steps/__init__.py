"""What a run does: takes files in, makes tables and models, and leaves receipts."""
