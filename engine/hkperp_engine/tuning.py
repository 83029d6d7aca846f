"""Two things told to the compiler, which change no result and no text of a rule.

`inlined` instead of `kernel`: the function is pasted into its callers. The hot kernels are short
and called once or twice each; calls between them cost a quarter of the time (base workload, 74 ns
a command with `kernel`, 55 with `inlined`), pasting 1 s of 8 s of compilation.

`number & ROW_MASK`: a row number read from the state is not negative. Python's negative indices
count from the end, which otherwise costs four instructions at every access (8 % of the time). The
python and checked builds find a number that is too large; none may be negative.
"""

from hkperp_engine.kernel import kernel

__all__ = ["ROW_MASK", "inlined"]

#: Row numbers are below 2**31.
ROW_MASK = 2**31 - 1


def inlined(function):
    """Compile like `kernel`, and paste the code into every caller: for small or hot kernels.

    Costs compile time in each caller; a kernel off the common path is better left a `kernel`.
    """
    return kernel(function, is_pasted=True)
