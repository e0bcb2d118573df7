"""What leaves: alerts are planned, frozen into messages, and sent through one door."""
