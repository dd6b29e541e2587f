"""Good first questions to the catalogue, which `medley demo` names."""

EXAMPLES = ('recommend --track "Mary on a Cross"',)
