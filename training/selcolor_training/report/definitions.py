"""What each figure means and how it is scaled: printed beside the numbers."""

from __future__ import annotations

DEFINITIONS = {
    "R-square": "1 − Σ(truth − prediction)² / Σ(truth − mean truth)², of one channel of ab / 110 "
    "over all pixels of all pictures together (scikit-learn's r2_score): 1 is perfect, predicting "
    "the mean is 0, predicting gray is below 0",
    "Explained variance": "as R-square, but a constant offset of the prediction is forgiven "
    "(explained_variance_score)",
    "Mean absolute error": "of one channel of ab / 110, over all pixels",
    "Median absolute error": "of one channel of ab / 110, over all pixels",
    "Mean squared error": "of one channel of ab / 110, over all pixels",
    "PSNR": "−10 log₁₀ of the mean squared error of encoded sRGB in [0, 1], both pictures clipped "
    "to the gamut, in dB; mean over pictures",
    "SSIM": "structural similarity of Wang et al. 2004 (Gaussian window, σ 1.5) on encoded sRGB in "
    "[0, 1], mean over channels and pictures; L is given, so that even a gray prediction is high",
    "CIEDE2000": "color difference between prediction and truth in Lab at the true L, not clipped "
    "to the gamut; mean over all pixels; about 1 is just noticeable",
    "Colorfulness": "Hasler and Süsstrunk 2003, on encoded sRGB from 0 to 255, clipped to the "
    "gamut; mean over pictures",
    "ΔCF": "colorfulness of the prediction less that of the truth; negative is too pale",
    "Chroma ratio": "mean √(a² + b²) of the prediction over that of the truth; below 1 is too pale",
    "AuC": "Zhang et al. 2016: share of pixels whose error √(Δa² + Δb²) is below a threshold, "
    "averaged over all thresholds from 0 to 150 units of ab; all pixels weigh alike (their “raw”)",
    "IoU": "pixels in both masks over pixels in either, 1 when both are empty; mean over photos",
    "Pixel accuracy": "share of pixels on which the masks agree; mean over photos",
    "Boundary F": "harmonic mean of precision and recall of the mask's boundary pixels, where a "
    "pixel is found if the other boundary passes within 2 px (as in DAVIS); without any boundary, "
    "1 if the masks are equal and 0 if not; mean over photos",
    "Wrong regions": "connected regions of more than 0.2 % of the picture, broader than 4 px, on "
    "which the masks differ: about the strokes that a person needs; mean over photos",
    "False alarms": "share of photos that do not show a class in which it is found on more than "
    "0.5 % of the picture",
}
"""One sentence for each figure."""
