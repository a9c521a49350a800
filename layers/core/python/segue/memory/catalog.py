"""`Catalog` in memory."""

from collections.abc import Collection, Iterable, Mapping

from segue.events.enrichment.catalog import Product


class MemoryCatalog:
    def __init__(self, products: Iterable[Product] = ()) -> None:
        self._products = {product.id: product for product in products}

    def products(self, ids: Collection[str]) -> Mapping[str, Product]:
        return {id_: self._products[id_] for id_ in ids if id_ in self._products}

    def keep(self, products: Iterable[Product]) -> None:
        self._products |= {product.id: product for product in products}
