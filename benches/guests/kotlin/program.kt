// What programs in Kotlin do: classes and interfaces, generic collections, lambdas, text, exceptions. Each round finds
// a way through a maze, evaluates parsed expressions, and counts words.

@file:OptIn(kotlin.wasm.ExperimentalWasmInterop::class)

class Random(private var state: Int) {
    fun next(bound: Int): Int {
        state = state * 1664525 + 1013904223
        return (state ushr 8) % bound
    }
}

// The shortest way through a maze whose fields cost something to cross.

data class Place(val x: Int, val y: Int)

class Heap<T>(private val compare: Comparator<T>) {
    private val items = ArrayList<T>()

    fun isNotEmpty() = items.isNotEmpty()

    fun push(item: T) {
        items.add(item)
        var at = items.lastIndex
        while (at > 0 && compare.compare(items[at], items[(at - 1) / 2]) < 0) {
            swap(at, (at - 1) / 2)
            at = (at - 1) / 2
        }
    }

    fun pop(): T {
        val top = items[0]
        val last = items.removeAt(items.lastIndex)
        if (items.isNotEmpty()) {
            items[0] = last
            var at = 0
            while (true) {
                val smallest = listOf(at, 2 * at + 1, 2 * at + 2)
                    .filter { it < items.size }
                    .minWithOrNull { a, b -> compare.compare(items[a], items[b]) } ?: break
                if (smallest == at) break
                swap(at, smallest)
                at = smallest
            }
        }
        return top
    }

    private fun swap(a: Int, b: Int) {
        val item = items[a]
        items[a] = items[b]
        items[b] = item
    }
}

fun maze(random: Random): Int {
    val size = 16
    val costs = HashMap<Place, Int>()
    for (y in 0 until size) for (x in 0 until size) costs[Place(x, y)] = 1 + random.next(9)
    val best = HashMap<Place, Int>()
    val open = Heap<Pair<Int, Place>>(compareBy { it.first })
    open.push(0 to Place(0, 0))
    while (open.isNotEmpty()) {
        val (cost, place) = open.pop()
        if (place in best) continue
        best[place] = cost
        val around = sequenceOf(
            place.copy(x = place.x + 1), place.copy(x = place.x - 1),
            place.copy(y = place.y + 1), place.copy(y = place.y - 1),
        )
        for (next in around) costs[next]?.let { if (next !in best) open.push(cost + it to next) }
    }
    return best.getValue(Place(size - 1, size - 1))
}

// Expressions: parsed from text to trees and evaluated, some of them by zero.

class Malformed(message: String) : Exception(message)

sealed interface Expression {
    fun value(variables: Map<String, Int>): Int
}

class Number(private val number: Int) : Expression {
    override fun value(variables: Map<String, Int>) = number
}

class Variable(private val name: String) : Expression {
    override fun value(variables: Map<String, Int>) = variables[name] ?: throw Malformed(name)
}

class Operation(private val left: Expression, private val right: Expression, private val apply: (Int, Int) -> Int) : Expression {
    override fun value(variables: Map<String, Int>) = apply(left.value(variables), right.value(variables))
}

class Parser(private val text: String) {
    private var at = 0

    private val operations = listOf<Map<Char, (Int, Int) -> Int>>(
        mapOf('+' to { a, b -> a + b }, '-' to { a, b -> a - b }),
        mapOf('*' to { a, b -> a * b }, '/' to { a, b -> if (b == 0) throw ArithmeticException() else a / b }),
    )

    fun parse(level: Int = 0): Expression {
        if (level == operations.size) return atom()
        var left = parse(level + 1)
        while (at < text.length) {
            val apply = operations[level][text[at]] ?: break
            at++
            left = Operation(left, parse(level + 1), apply)
        }
        return left
    }

    private fun atom(): Expression {
        if (at >= text.length) throw Malformed("the end")
        val from = at
        return when (val c = text[at++]) {
            '(' -> parse().also { at++ }
            in '0'..'9' -> {
                while (at < text.length && text[at] in '0'..'9') at++
                Number(text.substring(from, at).toInt())
            }
            in 'a'..'z' -> Variable(c.toString())
            else -> throw Malformed(c.toString())
        }
    }
}

fun expressions(random: Random): Int {
    val variables = mapOf("a" to 3, "b" to 5, "c" to 0)
    var sum = 0
    repeat(20) {
        val text = buildString {
            repeat(12) {
                append("(a+7)*b/c"[random.next(9)])
            }
        }
        sum += try {
            Parser(text).parse().value(variables)
        } catch (malformed: Malformed) {
            malformed.message!!.length
        } catch (zero: ArithmeticException) {
            -1
        } catch (large: NumberFormatException) {
            1
        }
        sum += Parser("(${random.next(50)}+a)*(b-${random.next(9)})/(c+${random.next(4)}+1)").parse().value(variables)
    }
    return sum
}

fun words(random: Random): Int {
    val syllables = listOf("ka", "lo", "mi", "ne", "ru", "ta")
    val text = (1..200).joinToString(" ") { syllables[random.next(6)] + syllables[random.next(6)] }
    return text.split(' ')
        .groupingBy { it }
        .eachCount()
        .entries
        .sortedWith(compareByDescending<Map.Entry<String, Int>> { it.value }.thenBy { it.key })
        .take(5)
        .fold(0) { hash, (word, count) -> hash * 31 + word.uppercase().hashCode() * count }
}

@WasmExport
fun run(n: Int): Int {
    val random = Random(n)
    var hash = 0
    repeat(n) {
        hash = hash * 31 + maze(random)
        hash = hash * 31 + expressions(random)
        hash = hash * 31 + words(random)
    }
    return hash
}
