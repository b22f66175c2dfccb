"""The neural networks themselves: plain modules, no files, no devices, no pictures."""
