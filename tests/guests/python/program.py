# Classes, exceptions, generators, closures, comprehensions, dictionaries and text, and some garbage.


class Account:
    def __init__(self, owner, balance):
        self.owner = owner
        self.balance = balance

    def withdraw(self, amount):
        if amount > self.balance:
            raise ValueError(self.owner)
        self.balance = self.balance - amount
        return self.balance


class Shape:
    def area(self):
        return 0

    def describe(self):
        return "area " + str(self.area())


class Square(Shape):
    def __init__(self, side):
        self.side = side

    def area(self):
        return self.side * self.side


class Tree:
    def __init__(self, left, right):
        self.left = left
        self.right = right


def tree(depth):
    if depth == 0:
        return Tree(None, None)
    return Tree(tree(depth - 1), tree(depth - 1))


def count(node):
    if node is None:
        return 0
    return 1 + count(node.left) + count(node.right)


def squares(n):
    i = 0
    while i < n:
        yield i * i
        i = i + 1


def fall(depth):
    try:
        if depth == 0:
            raise KeyError("ground")
        return fall(depth - 1) + 1
    finally:
        if depth % 3 == 0:
            print("leaving", depth)


def is_prime(n):
    p = 2
    while p * p <= n:
        if n % p == 0:
            return False
        p = p + 1
    return True


def primes(n):
    found = []
    for i in range(2, n):
        if is_prime(i):
            found.append(i)
    return found


def doubled(numbers):
    twice = [n * 2 for n in sorted(numbers)]
    return ", ".join([str(n) for n in twice])


def adder(n):
    return lambda x: x + n


def main():
    for account in [Account("Ada", 100), Account("Bert", 50)]:
        try:
            print(account.owner, account.withdraw(60))
        except ValueError:
            print(account.owner, "has too little")
        finally:
            print("next")

    try:
        fall(6)
    except KeyError:
        print("caught")

    for shape in [Shape(), Square(3), Square(4)]:
        print(shape.describe())
    print(sum(squares(10)), list(squares(5)))
    print(adder(3)(4))

    counts = {}
    for word in "the cat and the dog and the bird".split(" "):
        counts[word] = counts.get(word, 0) + 1
    for word in sorted(counts.keys()):
        print(word, counts[word])

    print(primes(60))

    print(doubled([31, 4, 15, 9, 2, 6]))
    print(1.5 * 2, 2**10, 7 // 2, -7 % 3, "abc"[::-1])

    kept = tree(8)
    total = 0
    for i in range(40):
        total = total + count(tree(8))
    print(total, count(kept))


main()
