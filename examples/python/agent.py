"""An agent whose decisions are a student's, as Mesa wants it: python3 agent.py runs 1,000 of them for a week.
buyer.py is what `understudy export student:mlp --to python --out buyer.py` writes."""
import random
import buyer

try:
    from mesa import Agent
except ImportError:  # What follows needs nothing of Mesa's.
    class Agent:
        def __init__(self, model): self.model = model


class Buyer(Agent):
    def __init__(self, model, traits):
        super().__init__(model)
        self.traits = traits
        self.bought = 0

    def step(self):
        situation = ["hot summer day"] if self.model.hot else []
        if buyer.decide(self.traits + situation, self.model.random.random) == "buy":
            self.bought += 1


if __name__ == "__main__":
    class Town:
        random, hot = random.Random(1), True
    town = Town()
    people = [Buyer(town, ["likes sweets"] if i % 2 else ["health-conscious"]) for i in range(1000)]
    for day in range(7):
        town.hot = day % 2 == 0
        for person in people: person.step()
    print(sum(person.bought for person in people), "ice creams in a week")
