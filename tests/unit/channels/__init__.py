"""What letters leave by: each channel against what it talks to, made up or real."""
