"""Speed, memory and quality, measured by a command, with the results committed in results/."""
