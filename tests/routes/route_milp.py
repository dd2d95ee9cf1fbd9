"""A second exact method: one integer program for a whole question, solved by HiGHS."""

from __future__ import annotations

from typing import Any

from route_instances import Instance, Tree


class Program:
    """Binary "is attained" for each item and condition, supports for thresholds, an order against cycles."""

    def __init__(self, instance: Instance, highspy: Any, days: float | None = None) -> None:
        self.instance, self.days = instance, days
        self.nodes: list[Tree | str] = []
        self.number: dict[int | str, int] = {}
        self._number(instance.goal)
        for node in self.nodes:
            for kid in self._kids(node):
                self._number(kid)
        self.model = highspy.Highs()
        self.model.setOptionValue("output_flag", False)
        self.true = [self.model.addBinary() for _ in self.nodes]
        self._constrain()

    def _number(self, node: Tree | str) -> int:
        key = node if isinstance(node, str) else id(node)
        if key not in self.number:
            self.number[key] = len(self.nodes)
            self.nodes.append(node)
        return self.number[key]

    def _kids(self, node: Tree | str) -> tuple[Tree | str, ...]:
        if isinstance(node, str):
            return () if node in self.instance.held else self.instance.things[node].requires
        # An item that stands twice is one operand.
        return tuple({(o if isinstance(o, str) else id(o)): o for o in node.operands}.values())

    def _need(self, node: Tree | str) -> int:
        if isinstance(node, str) or node.kind == "AllOf":
            return len(self._kids(node))
        return {"AnyOf": 1, "AtLeast": node.count, "FreeTextCondition": 0}[node.kind]

    def _own(self, node: Tree | str) -> float:
        """Return the days that a node takes by itself."""
        if not isinstance(node, str) or node in self.instance.held:
            return 0.0
        return float(self.instance.things[node].time[0] or 0)

    def _constrain(self) -> None:
        model, size = self.model, len(self.nodes)
        place = [model.addVariable(0, size) for _ in self.nodes]
        model.addConstr(self.true[0] == 1)
        # With a limit of days, times as well: that of the last support, an item with its own on top.
        horizon = float(sum(thing.time[0] or 0 for thing in self.instance.things.values()) + 1)
        when = [model.addVariable(0, horizon) for _ in self.nodes] if self.days is not None else []
        if when:
            model.addConstr(when[0] <= self.days)
        for v, node in enumerate(self.nodes):
            if isinstance(node, str) and node in self.instance.excluded:
                model.addConstr(self.true[v] == 0)
            need, kids = self._need(node), self._kids(node)
            if when:
                model.addConstr(when[v] >= self._own(node))
            if need == 0:
                continue
            if need > len(kids):
                model.addConstr(self.true[v] == 0)
                continue
            supports = []
            for kid in kids:
                k = self._number(kid)
                support = model.addBinary()
                supports.append(support)
                model.addConstr(support <= self.true[k])
                model.addConstr(place[v] - place[k] - (size + 1) * support >= -size)
                if when:
                    model.addConstr(when[v] - when[k] - horizon * support >= self._own(node) - horizon)
            model.addConstr(sum(supports[1:], supports[0]) - need * self.true[v] >= 0)

    def least(self, weight: dict[str, int]) -> float | None:
        """Return the least total weight of the items of a plan; None if there is no plan."""
        terms = [
            weight.get(node, 0) * self.true[v]
            for v, node in enumerate(self.nodes)
            if isinstance(node, str) and node not in self.instance.held
        ]
        if not terms:
            return 0.0
        self.model.minimize(sum(terms[1:], terms[0]))
        if "Optimal" not in str(self.model.getModelStatus()):
            return None
        return float(self.model.getInfo().objective_function_value)
