// Exceptions: through frames with objects to destroy, by base class, thrown again, nested, of any type; and virtual calls.

#include <cstdio>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

struct Noisy {
    std::string name;
    explicit Noisy(std::string name) : name(std::move(name)) {}
    Noisy(const Noisy &) = delete;
    ~Noisy() { std::printf("destroy %s\n", name.c_str()); }
};

struct Overdrawn : std::runtime_error {
    long missing;
    explicit Overdrawn(long missing) : std::runtime_error("overdrawn"), missing(missing) {}
};

static int fall(int depth) {
    Noisy noisy("frame " + std::to_string(depth));
    if (depth == 0) throw std::out_of_range("the ground");
    return fall(depth - 1) + 1;
}

static long withdraw(std::map<std::string, long> &accounts, const std::string &owner, long amount) {
    long &balance = accounts.at(owner);
    if (amount > balance) throw Overdrawn(amount - balance);
    return balance -= amount;
}

static void rethrow() {
    try {
        throw std::invalid_argument("first");
    } catch (const std::exception &) {
        std::puts("passing on");
        throw;
    }
}

struct Shape {
    virtual ~Shape() = default;
    virtual double area() const = 0;
};
struct Square : Shape {
    double side;
    explicit Square(double side) : side(side) {
        if (side < 0) throw side;
    }
    double area() const override { return side * side; }
};
struct Row : Shape {
    std::vector<std::unique_ptr<Shape>> shapes;
    double area() const override {
        double sum = 0;
        for (const auto &shape : shapes) sum += shape->area();
        return sum;
    }
};

static void caught(const char *what, const std::function<void()> &run) {
    try {
        run();
        std::printf("%s: fine\n", what);
    } catch (const Overdrawn &e) {
        std::printf("%s: %s by %ld\n", what, e.what(), e.missing);
    } catch (const std::exception &e) {
        std::printf("%s: %s\n", what, e.what());
    } catch (double number) {
        std::printf("%s: the number %g\n", what, number);
    } catch (...) {
        std::printf("%s: something else\n", what);
    }
}

int main() {
    std::map<std::string, long> accounts = {{"Ada", 100}, {"Bert", 50}};
    caught("nothing", [] {});
    caught("fall", [] { fall(3); });
    caught("Ada", [&] { std::printf("Ada has %ld\n", withdraw(accounts, "Ada", 60)); });
    caught("Bert", [&] { withdraw(accounts, "Bert", 60); });
    caught("Cleo", [&] { withdraw(accounts, "Cleo", 60); });
    caught("again", rethrow);
    caught("a character", [] { throw 'c'; });
    caught("constructor", [] {
        Row row;
        row.shapes.push_back(std::make_unique<Square>(3));
        std::printf("area %g\n", row.area());
        row.shapes.push_back(std::make_unique<Square>(-1));
    });
    caught("nested", [] {
        try {
            Noisy noisy("outer");
            throw std::logic_error("outer");
        } catch (...) {
            try {
                throw std::logic_error("inner");
            } catch (const std::exception &e) {
                std::printf("%s, %d under way\n", e.what(), std::uncaught_exceptions());
            }
            throw;
        }
    });
    caught("kept", [] {
        std::exception_ptr kept;
        try {
            throw std::length_error("kept");
        } catch (...) {
            kept = std::current_exception();
        }
        std::rethrow_exception(kept);
    });
    caught("many", [] {
        long sum = 0;
        for (int n = 0; n < 2000; n++) {
            try {
                if (n % 3 == 0) throw n;
                sum += 1;
            } catch (int number) {
                sum += number;
            }
        }
        std::printf("sum %ld\n", sum);
    });
    return 0;
}
