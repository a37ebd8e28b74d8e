"""What a fill costs beside its quote, and the sizes that costs decide."""

from __future__ import annotations

from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from ..records import ZERO, Order
from .book import Book

SLIPS = ("stop_loss", "trailing", "stop", "market", "close", "liquidation")
MASK = 2**64 - 1
FIRST, SECOND, THIRD = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
ONE = Decimal(1)


def draw(seed: int, order: int, n: int) -> Decimal:
    """A number from 0 to 1 that seed, order and count of fills decide."""
    z = (seed * FIRST + order * SECOND + n * THIRD) & MASK
    for _ in range(3):
        z ^= z >> 30
        z = z * SECOND & MASK
        z ^= z >> 27
        z = z * THIRD & MASK
        z ^= z >> 31
    return Decimal(z >> 11) / 2**53


class Costs(Book):
    # ------------------------------------------------------------------ slippage

    def slipped(self, quote: Decimal, side: int, reason: str, order: int = 0, size: Decimal | None = None) -> Decimal:
        """The price of a fill; `size` None counts all of what is quoted."""
        if reason not in SLIPS:
            return quote
        rules = self.rules
        slippage = rules.slippage + rules.pips * rules.pip_size + rules.spread * self.spread_now
        for bounds, unit in ((rules.random, ONE), (rules.random_pips, rules.pip_size)):
            if bounds is not None:
                low, high = bounds
                slippage += (low + (high - low) * draw(rules.seed, order, self.fill_counts.get(order, 0))) * unit
        if rules.volume:
            slippage += rules.volume * quote * self.share_of_quoted(side, size)
        return quote + side * slippage

    def share_of_quoted(self, side: int, size: Decimal | None) -> Decimal:
        quoted = self.sizes[side]
        if size is None or not quoted:
            return ONE
        return min(ONE, size / quoted)

    # ------------------------------------------------------------------ commission

    def rate(self, maker: bool) -> Decimal:
        """Share of the notional."""
        rules = self.rules
        percent = rules.percent
        if rules.maker is not None and rules.taker is not None:
            percent += rules.maker if maker else rules.taker
        for threshold, tier in sorted(rules.tiers, reverse=True):
            self.note_tie("tier", self.traded - threshold, threshold)
            if self.traded >= threshold:
                percent += tier
                break
        return percent / 100

    def per_unit(self) -> Decimal:
        return self.rules.per_unit + self.rules.per_lot / self.rules.lot_size

    def commission(self, size: Decimal, price: Decimal, maker: bool = False) -> Decimal:
        notional = size * price * self.rules.contract_size * self.conversion()
        money = self.rules.fixed + self.per_unit() * size + self.rate(maker) * notional
        if self.rules.function is not None:
            money += self.rules.function(size, price, notional, int(maker), self.traded)
        return money

    # ------------------------------------------------------------------ sizes

    def size_of_fraction(self, order: Order, price: Decimal, maker: bool) -> Decimal:
        rules = self.rules
        a_unit = price * rules.contract_size * self.conversion() * (1 + self.rate(maker)) + self.per_unit()
        assert order.fraction is not None
        lots = (order.fraction * self.equity() - rules.fixed) / a_unit / rules.lot_size
        self.note_tie(f"fraction of order {order.id}", lots - lots.to_integral_value(ROUND_HALF_EVEN), max(abs(lots), ONE))
        return lots.to_integral_value(ROUND_FLOOR) * rules.lot_size

    def size_of_risk(self, order: Order, price: Decimal, maker: bool) -> Decimal:
        """What loses the share of the equity, costs included, where it leaves at its stop loss."""
        rules = self.rules
        assert order.risk is not None and order.stop_loss is not None
        self.note_tie(f"stop loss of order {order.id}", price - order.stop_loss, price)
        if (price - order.stop_loss) * order.side <= 0:
            return ZERO
        leaving = order.stop_loss - order.side * (rules.slippage + rules.pips * rules.pip_size)
        contract = rules.contract_size * self.conversion()
        a_unit = (price - leaving) * order.side * contract + 2 * self.per_unit()
        a_unit += (self.rate(maker) * price + self.rate(False) * leaving) * contract
        lots = (order.risk * self.equity() - 2 * rules.fixed) / a_unit / rules.lot_size
        self.note_tie(f"risk of order {order.id}", lots - lots.to_integral_value(ROUND_HALF_EVEN), max(abs(lots), ONE))
        return lots.to_integral_value(ROUND_FLOOR) * rules.lot_size
