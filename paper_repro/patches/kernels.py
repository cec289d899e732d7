"""Compiled kernels of Sect. 3.1.1 and 3.1.2: Minnaert terms and fit, 3 x 3 median, mapping to the sphere.

A "lit" pixel is a valid one within the angle threshold. What belongs to lit pixels only is packed: one number a lit
pixel, in raster order. Sums run over blocks of fixed length, so that they round like pairwise sums and in one order.
"""

import math

import numpy as np
from numpy.typing import NDArray

from paper_repro.base.compiled import compiled

Reals = NDArray[np.float64]
Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]
BLOCK = 256  # terms summed at a time
SINE = tuple((-1) ** k / math.factorial(2 * k + 1) for k in range(1, 8))  # coefficients of r^3, r^5, ... r^15
COSINE = tuple((-1) ** k / math.factorial(2 * k) for k in range(2, 9))  # of r^4, r^6, ... r^16


@compiled
def sines(degrees: Reals, sine: Reals, cosine: Reals) -> None:
    """Sine and cosine of angles in degrees, good to 2e-16: without branches, so that several are done at a time.

    What is left of the nearest quarter turn is exact in degrees; at most pi / 4, its series need no more terms.
    """
    s3, s5, s7, s9, s11, s13, s15 = SINE
    c4, c6, c8, c10, c12, c14, c16 = COSINE
    for n in range(degrees.size):
        quarter = np.floor(degrees[n] * (1 / 90) + 0.5)
        r = (degrees[n] - 90.0 * quarter) * (math.pi / 180)
        q = r * r
        s = r + r * q * (s3 + q * (s5 + q * (s7 + q * (s9 + q * (s11 + q * (s13 + q * s15))))))
        c = 1 - (0.5 * q - q * q * (c4 + q * (c6 + q * (c8 + q * (c10 + q * (c12 + q * (c14 + q * c16)))))))
        half = np.floor(quarter * 0.5)
        odd = quarter - 2 * half
        sign = 1 - 2 * (half - 2 * np.floor(half * 0.5))
        sine[n] = (c if odd == 1 else s) * sign
        cosine[n] = (s if odd == 1 else c) * sign * (1 - 2 * odd)


@compiled
def minnaert_terms(
    image: Plane, incidence: Plane, emission: Plane, invalid: Mask, threshold: float,
    lit: Mask, values: Reals, brightness: Reals, abscissa: Reals, ordinate: Reals,
) -> int:
    """Mark lit pixels, copy the image to `values`, pack mu I, log(mu mu0) and log(mu I) (Eq. 2); return their count.

    A logarithm without a value is NaN.
    """
    count, width = 0, image.shape[1]
    angles, cosines, unused = np.empty((2, width)), np.empty((2, width)), np.empty(width)
    for row in range(image.shape[0]):
        n = 0
        for column in range(width):
            # numba's float() would leave a number in single precision
            value = np.float64(image[row, column])
            i, e = np.float64(incidence[row, column]), np.float64(emission[row, column])
            inside = (not invalid[row, column]) & (i <= threshold) & (e <= threshold)
            lit[row, column], values[row, column] = inside, value
            # written in any case and counted if lit: no branch to mispredict
            angles[0, n], angles[1, n], brightness[count + n] = e, i, value
            n += int(inside)
        for which in range(2):
            sines(angles[which, :n], unused, cosines[which])
        for m in range(n):
            mu, mu0 = cosines[0, m], cosines[1, m]
            product = mu * brightness[count + m]
            brightness[count + m] = product
            abscissa[count + m] = math.log(mu * mu0) if mu * mu0 > 0 else math.nan
            ordinate[count + m] = math.log(product) if product > 0 else math.nan
        count += n
    return count


@compiled
def line(abscissa: Reals, ordinate: Reals) -> tuple[int, float, float]:
    """Ordinary least squares over the pairs that are numbers: their count, the slope, the intercept.

    The slope is NaN without pairs or with equal abscissae. Both sums are taken about the means.
    """
    count, lowest, highest, mean_x, mean_y = 0, math.inf, -math.inf, 0.0, 0.0
    for start in range(0, abscissa.size, BLOCK):
        sum_x, sum_y = 0.0, 0.0
        for n in range(start, min(start + BLOCK, abscissa.size)):
            x, y = abscissa[n], ordinate[n]
            if not (math.isnan(x) or math.isnan(y)):
                count += 1
                sum_x += x
                sum_y += y
                lowest, highest = min(lowest, x), max(highest, x)
        mean_x += sum_x
        mean_y += sum_y
    if count == 0 or lowest == highest:
        return count, math.nan, math.nan
    mean_x /= count
    mean_y /= count
    squares, products = 0.0, 0.0
    for start in range(0, abscissa.size, BLOCK):
        sum_xx, sum_xy = 0.0, 0.0
        for n in range(start, min(start + BLOCK, abscissa.size)):
            x, y = abscissa[n] - mean_x, ordinate[n] - mean_y
            if not (math.isnan(x) or math.isnan(y)):
                sum_xx += x * x
                sum_xy += x * y
        squares += sum_xx
        products += sum_xy
    slope = products / squares
    return count, slope, mean_y - slope * mean_x


@compiled
def normalise(lit: Mask, brightness: Reals, abscissa: Reals, k: float, values: Reals) -> None:
    """Eq. 3 in place, for lit pixels: I / (mu^(k-1) mu0^k) = mu I / (mu mu0)^k; the others keep their raw values."""
    n = 0
    for row in range(values.shape[0]):
        for column in range(values.shape[1]):
            if lit[row, column]:
                values[row, column] = brightness[n] * math.exp(-k * abscissa[n])
                n += 1


@compiled
def median3(values: Reals, row: int, out: Reals) -> None:
    """Medians of the 3 x 3 pixels about each pixel of a row; beyond the borders the outermost pixels repeat.

    Sorting networks: each column of three is sorted once; the median of nine is that of the largest of the lows, the
    median of the middles and the smallest of the highs. `out` is [4, width]: medians, then lows, middles, highs.
    """
    height, width = values.shape
    above, here, below = values[max(row - 1, 0)], values[row], values[min(row + 1, height - 1)]
    for j in range(width):
        a, b, c = above[j], here[j], below[j]
        a, b = (a, b) if a < b else (b, a)
        b, c = (b, c) if b < c else (c, b)
        a, b = (a, b) if a < b else (b, a)
        out[1, j], out[2, j], out[3, j] = a, b, c
    for j in range(width):
        left, right = max(j - 1, 0), min(j + 1, width - 1)
        low = out[1, left] if out[1, left] > out[1, j] else out[1, j]
        low = low if low > out[1, right] else out[1, right]
        high = out[3, left] if out[3, left] < out[3, j] else out[3, j]
        high = high if high < out[3, right] else out[3, right]
        a, b, c = out[2, left], out[2, j], out[2, right]
        a, b = (a, b) if a < b else (b, a)
        b = b if b < c else c
        middle = a if a > b else b
        a, b = (low, middle) if low < middle else (middle, low)
        b = b if b < high else high
        out[0, j] = a if a > b else b


@compiled
def differences(lit: Mask, values: Reals, out: Reals) -> float:
    """Pack median - value of each lit pixel into `out`; return their standard deviation (ddof 0)."""
    work = np.empty((4, values.shape[1]))
    n = 0
    for row in range(values.shape[0]):
        if not lit[row].any():
            continue
        median3(values, row, work)
        for column in range(values.shape[1]):
            if lit[row, column]:
                out[n] = work[0, column] - values[row, column]
                n += 1
    mean = 0.0
    for start in range(0, n, BLOCK):
        mean += out[start : min(start + BLOCK, n)].sum()
    mean /= n
    squares = 0.0
    for start in range(0, n, BLOCK):
        total = 0.0
        for m in range(start, min(start + BLOCK, n)):
            total += (out[m] - mean) * (out[m] - mean)
        squares += total
    return math.sqrt(squares / n)


@compiled
def to_sphere(
    lit: Mask, difference: Reals, limit: float, latitude: Plane, longitude: Plane, values: Reals, out: Reals
) -> int:
    """Write x, y, z on the unit sphere and the value of each lit pixel that is no outlier to `out` [4, >= lit pixels].

    An outlier's absolute difference from the median is above `limit`. Returns the count written. `difference` may be a
    row of `out`.
    """
    n, kept, width = 0, 0, values.shape[1]
    lat, lon = np.empty(width), np.empty(width)
    sine, cosine = np.empty((2, width)), np.empty((2, width))
    for row in range(values.shape[0]):
        m = 0
        for column in range(width):
            if lit[row, column]:
                if not abs(difference[n]) > limit:
                    lat[m], lon[m] = np.float64(latitude[row, column]), np.float64(longitude[row, column])
                    out[3, kept + m] = values[row, column]
                    m += 1
                n += 1
        sines(lat[:m], sine[0], cosine[0])
        sines(lon[:m], sine[1], cosine[1])
        for j in range(m):
            out[0, kept + j] = cosine[0, j] * cosine[1, j]
            out[1, kept + j] = cosine[0, j] * sine[1, j]
            out[2, kept + j] = sine[0, j]
        kept += m
    return kept


@compiled
def turn(x: Reals, y: Reals, z: Reals, matrix: Reals, out: Reals) -> None:
    """Write matrix @ (x, y, z) to the first three rows of `out`."""
    for axis in range(3):
        a, b, c = matrix[axis, 0], matrix[axis, 1], matrix[axis, 2]
        for n in range(x.size):
            out[axis, n] = a * x[n] + b * y[n] + c * z[n]
