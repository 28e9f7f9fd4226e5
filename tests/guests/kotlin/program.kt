// Classes, interfaces, generics, lambdas, collections, text and exceptions, and enough garbage for several collections.

import kotlin.math.sqrt

sealed interface Shape {
    fun area(): Double
}

data class Circle(val radius: Double) : Shape {
    override fun area() = 3.0 * radius * radius
}

data class Rectangle(val width: Double, val height: Double) : Shape {
    override fun area() = width * height
}

class Overdrawn(val missing: Long) : Exception("$missing missing")

class Account(val owner: String, private var balance: Long) {
    fun withdraw(amount: Long): Long {
        if (amount > balance) throw Overdrawn(amount - balance)
        balance -= amount
        return balance
    }
}

class Tree(val left: Tree?, val right: Tree?) {
    fun count(): Int = 1 + (left?.count() ?: 0) + (right?.count() ?: 0)
}

fun tree(depth: Int): Tree = if (depth == 0) Tree(null, null) else Tree(tree(depth - 1), tree(depth - 1))

fun shapes() {
    val shapes = listOf(Circle(2.0), Rectangle(3.0, 4.5), Circle(0.5), Rectangle(1.0, 1.0))
    println(shapes.sortedBy { it.area() }.joinToString { "$it=${it.area()}" })
    println(shapes.filterIsInstance<Circle>().sumOf { it.radius })
    println(shapes.groupBy { it is Circle }.mapValues { (_, same) -> same.size })
    println(Rectangle(1.0, 2.0) == Rectangle(1.0, 2.0))
}

fun accounts() {
    val accounts = listOf(Account("Ada", 100), Account("Bert", 50), Account("Cleo", 75))
    val log = StringBuilder()
    for (account in accounts) {
        try {
            log.append("${account.owner} has ${account.withdraw(60)}")
        } catch (overdrawn: Overdrawn) {
            log.append("${account.owner} lacks ${overdrawn.missing}")
        } finally {
            log.append("; ")
        }
    }
    println(log)
}

fun fall(depth: Int): Int = try {
    if (depth == 0) throw IllegalStateException("ground") else fall(depth - 1) + 1
} finally {
    if (depth % 4 == 0) print("$depth ")
}

fun exceptions() {
    println(runCatching { fall(8) }.exceptionOrNull()?.message)
    println(runCatching { "12x".toInt() }.exceptionOrNull() is NumberFormatException)
    println(runCatching { listOf(1, 2)[2] }.isFailure)
    val shape: Any = Circle(1.0)
    println(runCatching { shape as Rectangle }.exceptionOrNull() is ClassCastException)
    try {
        try {
            error("inner")
        } catch (e: IllegalStateException) {
            throw RuntimeException("outer", e)
        }
    } catch (e: RuntimeException) {
        println("${e.message} because of ${e.cause?.message}")
    }
}

fun words() {
    val text = "the quick brown fox jumps over the lazy dog and the dog barks at the fox"
    val counts = HashMap<String, Int>()
    for (word in text.split(' ')) counts[word] = (counts[word] ?: 0) + 1
    val order = compareByDescending<Map.Entry<String, Int>> { it.value }.thenBy { it.key }
    println(counts.entries.sortedWith(order).take(4).joinToString { "${it.key}:${it.value}" })
    println(text.reversed().uppercase().take(14))
    println(text.windowed(3).toSet().size)
}

fun numbers() {
    val primes = generateSequence(2) { it + 1 }.filter { n -> (2..sqrt(n.toDouble()).toInt()).none { n % it == 0 } }
    println(primes.take(15).toList())
    println((1..20).fold(1L) { product, n -> product * n })
    println(listOf(0x7fffffff + 1, -7 / 2, -7 % 3, 1 shl 33, -1 ushr 28))
    println((1..4).map { it / 8.0 } + listOf(1e21, -0.0, 0.1 + 0.2))
    val memo = mutableMapOf<Int, Long>()
    fun fib(n: Int): Long = if (n < 2) n.toLong() else memo.getOrPut(n) { fib(n - 1) + fib(n - 2) }
    println(fib(80))
}

fun garbage() {
    val kept = tree(12)
    var sum = 0
    repeat(60) { sum += tree(11).count() }
    println("$sum ${kept.count()}")
    val queue = ArrayDeque<IntArray>()
    repeat(20_000) {
        queue.addLast(IntArray(8) { i -> it * i })
        if (queue.size > 100) queue.removeFirst()
    }
    println(queue.sumOf { it.sum() })
}

fun main() {
    shapes()
    accounts()
    exceptions()
    words()
    numbers()
    garbage()
}
