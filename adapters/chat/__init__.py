"""What every chat platform needs and none of them owns: rates, bodies, forms that are asked, harmless text."""
