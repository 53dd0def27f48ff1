"""The session indicators that a config may name, with their parameters and defaults.

The arithmetic is TA-Lib's for what it has, ours for what is about sessions. The names stand here as text, so that a
config is checked without loading TA-Lib; a test holds them against the library that is installed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

# TA-Lib 0.8.2, by its own groups. VWAP and DONCHIAN are missing: ours take their place.
_TALIB = {
    "Cycle Indicators": """
        HT_DCPERIOD HT_DCPHASE HT_PHASOR HT_SINE HT_TRENDMODE
    """,
    "Math Operators": """
        CUMSUM MAX(timeperiod=30) MAXINDEX(timeperiod=30) MIN(timeperiod=30) MININDEX(timeperiod=30)
        MINMAX(timeperiod=30) MINMAXINDEX(timeperiod=30) SUM(timeperiod=30)
    """,
    "Math Transform": """
        ACOS ASIN ATAN CEIL COS COSH EXP FLOOR LN LOG10 SIN SINH SQRT TAN TANH
    """,
    "Momentum Indicators": """
        AC(fastperiod=5,slowperiod=34,signalperiod=5) ADX(timeperiod=14) ADXR(timeperiod=14)
        AO(fastperiod=5,slowperiod=34) APO(fastperiod=12,slowperiod=26,matype=1) AROON(timeperiod=14)
        AROONOSC(timeperiod=14) BOP CCI(timeperiod=14) CMO(timeperiod=14) CMOU(timeperiod=14)
        COPPOCK(wmaperiod=10,roc1period=11,roc2period=14) DPO(timeperiod=20) DX(timeperiod=14) ER(timeperiod=10)
        ERI(timeperiod=13) FOSC(timeperiod=5) FRACTAL(leftbars=2,rightbars=2) IMI(timeperiod=14)
        KDJ(fastk_period=9,slowk_period=3,slowk_matype=13,slowd_period=3,slowd_matype=13)
        MACD(fastperiod=12,slowperiod=26,signalperiod=9)
        MACDEXT(fastperiod=12,fastmatype=0,slowperiod=26,slowmatype=0,signalperiod=9,signalmatype=0)
        MACDFIX(signalperiod=9) MFI(timeperiod=14) MINUS_DI(timeperiod=14) MINUS_DM(timeperiod=14)
        MOM(timeperiod=10) PLUS_DI(timeperiod=14) PLUS_DM(timeperiod=14)
        PPO(fastperiod=12,slowperiod=26,matype=1) QSTICK(timeperiod=10) ROC(timeperiod=10) ROCP(timeperiod=10)
        ROCR(timeperiod=10) ROCR100(timeperiod=10) RSI(timeperiod=14)
        SMI(timeperiod=13,fastperiod=2,slowperiod=25,signalperiod=9)
        STOCH(fastk_period=5,slowk_period=3,slowk_matype=0,slowd_period=3,slowd_matype=0)
        STOCHF(fastk_period=5,fastd_period=3,fastd_matype=0)
        STOCHRSI(timeperiod=14,fastk_period=5,fastd_period=3,fastd_matype=0) TRIX(timeperiod=30)
        TSI(firstperiod=25,secondperiod=13) ULTOSC(timeperiod1=7,timeperiod2=14,timeperiod3=28)
        VHF(timeperiod=28) VORTEX(timeperiod=14) WAD WILLR(timeperiod=14)
    """,
    "Overlap Studies": """
        ACCBANDS(timeperiod=20) BBANDS(timeperiod=20,nbdevup=2.0,nbdevdn=2.0,matype=0) DEMA(timeperiod=30)
        EMA(timeperiod=30) HMA(timeperiod=20) HT_TRENDLINE KAMA(timeperiod=30)
        KC(timeperiod=20,atrperiod=10,nbdev=2.0) MA(timeperiod=30,matype=0) MAMA(fastlimit=0.5,slowlimit=0.05)
        MIDPOINT(timeperiod=14) MIDPRICE(timeperiod=14) RMA(timeperiod=30) SAR(acceleration=0.02,maximum=0.2)
        SAREXT(startvalue=0.0,offsetonreverse=0.0,
        accelerationinitlong=0.02,accelerationlong=0.02,accelerationmaxlong=0.2,
        accelerationinitshort=0.02,accelerationshort=0.02,accelerationmaxshort=0.2)
        SMA(timeperiod=30) SUPERTREND(timeperiod=10,multiplier=3.0) T3(timeperiod=5,vfactor=0.7)
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
        AVGDEV(timeperiod=14) AVGPRICE HA MEDPRICE TYPPRICE WCLPRICE
    """,
    "Statistic Functions": """
        LINEARREG(timeperiod=14) LINEARREG_ANGLE(timeperiod=14) LINEARREG_INTERCEPT(timeperiod=14)
        LINEARREG_SLOPE(timeperiod=14) PERCENTILE(timeperiod=30,percentile=50.0) PERCENTRANK(timeperiod=100)
        STDDEV(timeperiod=5,nbdev=1.0) TSF(timeperiod=14) VAR(timeperiod=5,nbdev=1.0)
    """,
    "Volatility Indicators": """
        ADR(timeperiod=14) ATR(timeperiod=14) CVI(timeperiod=10,rocperiod=10) MASSI(fastperiod=9,slowperiod=25)
        NATR(timeperiod=14) RVI(timeperiod=14,stddevperiod=10) TRANGE
    """,
    "Volume Indicators": """
        AD ADOSC(fastperiod=3,slowperiod=10) CMF(timeperiod=20) EFI(timeperiod=13) MARKETFI NVI OBV PVI
        PVO(fastperiod=12,slowperiod=26,matype=1) PVT RVOL(timeperiod=20)
    """,
}
_OURS = """
    VWAP TWAP OPENING_RANGE(minutes=15) SESSION_HIGH SESSION_LOW PIVOTS GAP RELATIVE_VOLUME(cumulative=False)
    KELTNER(timeperiod=20,atrperiod=10,multiplier=2.0) DONCHIAN(timeperiod=20) HULL(timeperiod=16)
"""
_TWO_SERIES = "takes two series, and a config names one symbol's bars; compute it in a strategy"

REFUSED: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(("ADD", "SUB", "MULT", "DIV", "BETA", "CORREL"), _TWO_SERIES)
    | {"MAVP": "takes a series of periods beside the bars; compute it in a strategy"}
)
"""TA-Lib's functions that are no session indicators, each with the reason as the end of a sentence."""

_ENTRY = re.compile(r"([A-Z0-9_]+)(?:\(([^)]*)\))?")
_LARGEST_PERIOD = 100_000  # TA-Lib's own bound
_MATYPES = 14


@dataclass(frozen=True, slots=True)
class IndicatorFacts:
    """What a config may say of one indicator: its ``group``, and its ``params`` with their defaults."""

    name: str
    group: str
    params: Mapping[str, int | float | bool]

    @property
    def takes_period(self) -> bool:
        """Whether ``period`` means something: it is the parameter ``timeperiod``."""
        return "timeperiod" in self.params

    def allowed(self, param: str) -> str:
        """What ``param`` may be, in words."""
        default = self.params[param]
        if isinstance(default, bool):
            return "true or false"
        if isinstance(default, float):
            return "a number"
        return f"a whole number from 0 to {_MATYPES - 1}" if _is_matype(param) else "a whole number of at least 1"

    def accepts(self, param: str, value: object) -> bool:
        """Whether ``value`` is one that ``param`` may have."""
        default = self.params[param]
        if isinstance(default, bool) or isinstance(value, bool):
            return isinstance(default, bool) and isinstance(value, bool)
        if isinstance(default, float):
            return isinstance(value, int | float)
        if not isinstance(value, int):
            return False
        return 0 <= value < _MATYPES if _is_matype(param) else 1 <= value <= _LARGEST_PERIOD


def _is_matype(param: str) -> bool:
    return param.endswith("matype")


def _read(group: str, text: str) -> Iterator[IndicatorFacts]:
    for name, inside in _ENTRY.findall(text):
        pairs = (pair.split("=") for pair in "".join(inside.split()).split(",") if pair)
        yield IndicatorFacts(name, group, MappingProxyType({key: _number(value) for key, value in pairs}))


def _number(text: str) -> int | float | bool:
    if text in ("True", "False"):
        return text == "True"
    return float(text) if "." in text else int(text)


INDICATORS: Mapping[str, IndicatorFacts] = MappingProxyType(
    {facts.name: facts for group, text in (*_TALIB.items(), ("Sessions", _OURS)) for facts in _read(group, text)}
)
"""Every indicator that a config may name."""
