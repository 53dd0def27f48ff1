"""The session indicators that a config may name, with their parameters and defaults.

The arithmetic is TA-Lib's for what it has, ours for what is about sessions. The names stand here as text, so that a
config is checked without loading TA-Lib; a test holds them against the library that is installed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

# TA-Lib 0.8.2, by its own groups. VWAP and DONCHIAN are missing: ours take their place. "14>1" is the default 14 of a
# parameter that must be above 1.
_TALIB = {
    "Cycle Indicators": """
        HT_DCPERIOD HT_DCPHASE HT_PHASOR HT_SINE HT_TRENDMODE
    """,
    "Math Operators": """
        CUMSUM MAX(timeperiod=30>1) MAXINDEX(timeperiod=30>1) MIN(timeperiod=30>1) MININDEX(timeperiod=30>1)
        MINMAX(timeperiod=30>1) MINMAXINDEX(timeperiod=30>1) SUM(timeperiod=30>1)
    """,
    "Math Transform": """
        ACOS ASIN ATAN CEIL COS COSH EXP FLOOR LN LOG10 SIN SINH SQRT TAN TANH
    """,
    "Momentum Indicators": """
        AC(fastperiod=5>1,slowperiod=34>1,signalperiod=5>1) ADX(timeperiod=14>1) ADXR(timeperiod=14>1)
        AO(fastperiod=5>1,slowperiod=34>1) APO(fastperiod=12>1,slowperiod=26>1,matype=1) AROON(timeperiod=14>1)
        AROONOSC(timeperiod=14>1) BOP CCI(timeperiod=14>1) CMO(timeperiod=14>1) CMOU(timeperiod=14>1)
        COPPOCK(wmaperiod=10,roc1period=11,roc2period=14) DPO(timeperiod=20>1) DX(timeperiod=14>1) ER(timeperiod=10>1)
        ERI(timeperiod=13) FOSC(timeperiod=5>1) FRACTAL(leftbars=2,rightbars=2) IMI(timeperiod=14>1)
        KDJ(fastk_period=9,slowk_period=3,slowk_matype=13,slowd_period=3,slowd_matype=13)
        MACD(fastperiod=12>1,slowperiod=26>1,signalperiod=9)
        MACDEXT(fastperiod=12>1,fastmatype=0,slowperiod=26>1,slowmatype=0,signalperiod=9,signalmatype=0)
        MACDFIX(signalperiod=9) MFI(timeperiod=14>1) MINUS_DI(timeperiod=14) MINUS_DM(timeperiod=14)
        MOM(timeperiod=10) PLUS_DI(timeperiod=14) PLUS_DM(timeperiod=14)
        PPO(fastperiod=12>1,slowperiod=26>1,matype=1) QSTICK(timeperiod=10) ROC(timeperiod=10) ROCP(timeperiod=10)
        ROCR(timeperiod=10) ROCR100(timeperiod=10) RSI(timeperiod=14>1)
        SMI(timeperiod=13>1,fastperiod=2>1,slowperiod=25>1,signalperiod=9>1)
        STOCH(fastk_period=5,slowk_period=3,slowk_matype=0,slowd_period=3,slowd_matype=0)
        STOCHF(fastk_period=5,fastd_period=3,fastd_matype=0)
        STOCHRSI(timeperiod=14>1,fastk_period=5,fastd_period=3,fastd_matype=0) TRIX(timeperiod=30)
        TSI(firstperiod=25>1,secondperiod=13>1) ULTOSC(timeperiod1=7,timeperiod2=14,timeperiod3=28)
        VHF(timeperiod=28>1) VORTEX(timeperiod=14) WAD WILLR(timeperiod=14>1)
    """,
    "Overlap Studies": """
        ACCBANDS(timeperiod=20>1) BBANDS(timeperiod=20>1,nbdevup=2.0,nbdevdn=2.0,matype=0) DEMA(timeperiod=30)
        EMA(timeperiod=30) HMA(timeperiod=20) HT_TRENDLINE KAMA(timeperiod=30)
        KC(timeperiod=20>1,atrperiod=10,nbdev=2.0) MA(timeperiod=30,matype=0) MAMA(fastlimit=0.5,slowlimit=0.05)
        MIDPOINT(timeperiod=14>1) MIDPRICE(timeperiod=14>1) RMA(timeperiod=30) SAR(acceleration=0.02,maximum=0.2)
        SAREXT(startvalue=0.0,offsetonreverse=0.0,
        accelerationinitlong=0.02,accelerationlong=0.02,accelerationmaxlong=0.2,
        accelerationinitshort=0.02,accelerationshort=0.02,accelerationmaxshort=0.2)
        SMA(timeperiod=30) SUPERTREND(timeperiod=10>1,multiplier=3.0) T3(timeperiod=5,vfactor=0.7)
        TEMA(timeperiod=30) TRIMA(timeperiod=30) VWMA(timeperiod=30) WMA(timeperiod=30) ZLEMA(timeperiod=30)
    """,
    "Pattern Recognition": """
        CDL2CROWS CDL3BLACKCROWS CDL3INSIDE CDL3LINESTRIKE CDL3OUTSIDE CDL3STARSINSOUTH CDL3WHITESOLDIERS
        CDLABANDONEDBABY(penetration=0.3) CDLADVANCEBLOCK CDLBELTHOLD CDLBREAKAWAY CDLCLOSINGMARUBOZU
        CDLCONCEALBABYSWALL CDLCOUNTERATTACK CDLDARKCLOUDCOVER(penetration=0.5) CDLDOJI CDLDOJISTAR
        CDLDRAGONFLYDOJI CDLENGULFING CDLEVENINGDOJISTAR(penetration=0.3) CDLEVENINGSTAR(penetration=0.3)
        CDLGAPSIDESIDEWHITE CDLGRAVESTONEDOJI CDLHAMMER CDLHANGINGMAN CDLHARAMI CDLHARAMICROSS CDLHIGHWAVE
        CDLHIKKAKE CDLHIKKAKEMOD CDLHOMINGPIGEON CDLIDENTICAL3CROWS CDLINNECK CDLINVERTEDHAMMER CDLKICKING
        CDLKICKINGBYLENGTH CDLLADDERBOTTOM CDLLONGLEGGEDDOJI CDLLONGLINE CDLMARUBOZU CDLMATCHINGLOW
        CDLMATHOLD(penetration=0.5) CDLMORNINGDOJISTAR(penetration=0.3) CDLMORNINGSTAR(penetration=0.3)
        CDLONNECK CDLPIERCING CDLRICKSHAWMAN CDLRISEFALL3METHODS CDLSEPARATINGLINES CDLSHOOTINGSTAR CDLSHORTLINE
        CDLSPINNINGTOP CDLSTALLEDPATTERN CDLSTICKSANDWICH CDLTAKURI CDLTASUKIGAP CDLTHRUSTING CDLTRISTAR
        CDLUNIQUE3RIVER CDLUPSIDEGAP2CROWS CDLXSIDEGAP3METHODS
    """,
    "Price Transform": """
        AVGDEV(timeperiod=14>1) AVGPRICE HA MEDPRICE TYPPRICE WCLPRICE
    """,
    "Statistic Functions": """
        LINEARREG(timeperiod=14>1) LINEARREG_ANGLE(timeperiod=14>1) LINEARREG_INTERCEPT(timeperiod=14>1)
        LINEARREG_SLOPE(timeperiod=14>1) PERCENTILE(timeperiod=30>1,percentile=50.0) PERCENTRANK(timeperiod=100>1)
        STDDEV(timeperiod=5>1,nbdev=1.0) TSF(timeperiod=14>1) VAR(timeperiod=5,nbdev=1.0)
    """,
    "Volatility Indicators": """
        ADR(timeperiod=14) ATR(timeperiod=14) CVI(timeperiod=10>1,rocperiod=10) MASSI(fastperiod=9>1,slowperiod=25>1)
        NATR(timeperiod=14) RVI(timeperiod=14,stddevperiod=10>1) TRANGE
    """,
    "Volume Indicators": """
        AD ADOSC(fastperiod=3>1,slowperiod=10>1) CMF(timeperiod=20>1) EFI(timeperiod=13) MARKETFI NVI OBV PVI
        PVO(fastperiod=12>1,slowperiod=26>1,matype=1) PVT RVOL(timeperiod=20)
    """,
}
_OURS = """
    VWAP TWAP OPENING_RANGE(minutes=15) SESSION_HIGH SESSION_LOW PIVOTS GAP CUMULATIVE_VOLUME
    RELATIVE_VOLUME(cumulative=False) KELTNER(timeperiod=20,atrperiod=10,multiplier=2.0) DONCHIAN(timeperiod=20>1)
    HULL(timeperiod=16>1)
"""
OURS = "Sessions"
"""The group of the indicators that are ours."""
OF_SESSIONS_BEFORE = ("PIVOTS", "GAP", "RELATIVE_VOLUME")
"""Those that have no value without a window."""

# Those that take one series of the caller's choice, the close where nothing is said; all of the first groups.
_CHOOSING_GROUPS = ("Cycle Indicators", "Math Operators", "Math Transform", "Statistic Functions")
_CHOOSING = """
    APO CMO CMOU COPPOCK DPO ER FOSC MACD MACDEXT MACDFIX MOM PPO ROC ROCP ROCR ROCR100 RSI STOCHRSI TRIX TSI VHF
    BBANDS DEMA EMA HMA HT_TRENDLINE KAMA MA MAMA MIDPOINT RMA SMA T3 TEMA TRIMA VWMA WMA ZLEMA AVGDEV RVI OBV HULL
"""
FIELDS = ("open", "high", "low", "close", "volume")

_TWO_SERIES = "takes two series, and an indicator stands on the bars of one symbol; compute it in a strategy"

REFUSED: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(("ADD", "SUB", "MULT", "DIV", "BETA", "CORREL"), _TWO_SERIES)
    | {"MAVP": "takes a series of periods beside the bars; compute it in a strategy"}
)
"""TA-Lib's functions that are no session indicators, each with the reason as the end of a sentence."""

_ENTRY = re.compile(r"([A-Z0-9_]+)(?:\(([^)]*)\))?")
_LARGEST_PERIOD = 100_000  # TA-Lib's own bound
_LARGEST_NUMBER = 3e37  # likewise
_MATYPES = 14
# What numbers may be; any other one is anything. Prefixes of parameters' names.
_BOUNDS = {
    "penetration": (0.0, _LARGEST_NUMBER),
    "acceleration": (0.0, _LARGEST_NUMBER),
    "maximum": (0.0, _LARGEST_NUMBER),
    "offsetonreverse": (0.0, _LARGEST_NUMBER),
    "multiplier": (0.0, _LARGEST_NUMBER),
    "fastlimit": (0.01, 0.99),
    "slowlimit": (0.01, 0.99),
    "vfactor": (0.0, 1.0),
    "percentile": (0.0, 100.0),
}


@dataclass(frozen=True, slots=True)
class IndicatorFacts:
    """What may be said of one indicator: its ``group``, and its ``params`` with their defaults.

    ``above_one`` are the whole numbers that must be at least 2.
    """

    name: str
    group: str
    params: Mapping[str, int | float | bool]
    above_one: frozenset[str] = frozenset()

    @property
    def takes_period(self) -> bool:
        """Whether ``period`` means something: it is the parameter ``timeperiod``."""
        return "timeperiod" in self.params

    @property
    def takes_field(self) -> bool:
        """Whether it stands on one series that may be chosen: ``field``, one of ``FIELDS``."""
        return self.group in _CHOOSING_GROUPS or self.name in _CHOOSING.split()

    def allowed(self, param: str) -> str:
        """What ``param`` may be, in words."""
        default = self.params[param]
        if isinstance(default, bool):
            return "true or false"
        low, high = self.bounds(param)
        if isinstance(default, float):
            if -low == high:
                return "a number"
            return f"a number of at least {low:g}" if high == _LARGEST_NUMBER else f"a number from {low:g} to {high:g}"
        return f"a whole number from {low} to {high}" if low == 0 else f"a whole number of at least {low} and at most {high:,}"

    def accepts(self, param: str, value: object) -> bool:
        """Whether ``value`` is one that ``param`` may have."""
        default = self.params[param]
        if isinstance(default, bool) or isinstance(value, bool):
            return isinstance(default, bool) and isinstance(value, bool)
        if not isinstance(value, int | float) or (isinstance(default, int) and not isinstance(value, int)):
            return False
        low, high = self.bounds(param)
        return math.isfinite(value) and low <= value <= high

    def bounds(self, param: str) -> tuple[float, float]:
        """The least and the largest number that ``param`` may be."""
        if isinstance(self.params[param], float):
            anything = (-_LARGEST_NUMBER, _LARGEST_NUMBER)
            return next((bounds for prefix, bounds in _BOUNDS.items() if param.startswith(prefix)), anything)
        return (0, _MATYPES - 1) if _is_matype(param) else (1 + (param in self.above_one), _LARGEST_PERIOD)


def _is_matype(param: str) -> bool:
    return param.endswith("matype")


def _read(group: str, text: str) -> Iterator[IndicatorFacts]:
    for name, inside in _ENTRY.findall(text):
        pairs = [pair.split("=") for pair in "".join(inside.split()).split(",") if pair]
        above_one = frozenset(key for key, value in pairs if value.endswith(">1"))
        params = {key: _number(value.removesuffix(">1")) for key, value in pairs}
        yield IndicatorFacts(name, group, MappingProxyType(params), above_one)


def _number(text: str) -> int | float | bool:
    if text in ("True", "False"):
        return text == "True"
    return float(text) if "." in text else int(text)


INDICATORS: Mapping[str, IndicatorFacts] = MappingProxyType(
    {facts.name: facts for group, text in (*_TALIB.items(), (OURS, _OURS)) for facts in _read(group, text)}
)
"""Every indicator that a config may name."""
