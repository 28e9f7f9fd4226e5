; What the interpreter runs.

(define (not x) (if x (= 0 1) (= 0 0)))
(define (append a b) (if (null? a) b (cons (car a) (append (cdr a) b))))
(define (map f items) (if (null? items) (quote ()) (cons (f (car items)) (map f (cdr items)))))
(define (filter keep items)
  (if (null? items)
      (quote ())
      (if (keep (car items))
          (cons (car items) (filter keep (cdr items)))
          (filter keep (cdr items)))))
(define (fold f value items) (if (null? items) value (fold f (f value (car items)) (cdr items))))
(define (count-to n) (letrec-count n (quote ())))
(define (letrec-count n items) (if (= n 0) items (letrec-count (- n 1) (cons n items))))

; Takeuchi's function: calls and comparisons.
(define (tak x y z)
  (if (not (< y x)) z (tak (tak (- x 1) y z) (tak (- y 1) z x) (tak (- z 1) x y))))

; Pseudo-random numbers, and a sort of them.
(define (numbers n seed)
  (if (= n 0)
      (quote ())
      (cons (remainder (quotient seed 64) 1000)
            (numbers (- n 1) (remainder (+ (* seed 1103515245) 12345) 2147483648)))))
(define (sort less items)
  (if (null? items)
      items
      (let ((pivot (car items)))
        (append (sort less (filter (lambda (x) (less x pivot)) (cdr items)))
                (cons pivot
                      (sort less (filter (lambda (x) (not (less x pivot))) (cdr items))))))))

; Six queens: lists of lists.
(define (safe? row distance rows)
  (if (null? rows)
      (= 0 0)
      (if (= (car rows) row)
          (= 0 1)
          (if (= (car rows) (+ row distance))
              (= 0 1)
              (if (= (car rows) (- row distance))
                  (= 0 1)
                  (safe? row (+ distance 1) (cdr rows)))))))
(define (queens n left placed)
  (if (= left 0)
      1
      (fold (lambda (sum row) (if (safe? row 1 placed) (+ sum (queens n (- left 1) (cons row placed))) sum))
            0
            (count-to n))))

; The derivative of an expression: symbols and association.
(define (second items) (car (cdr items)))
(define (third items) (car (cdr (cdr items))))
(define (derive e x)
  (if (not (pair? e))
      (if (= e x) 1 0)
      ((second (lookup (car e) rules)) e x)))
(define (lookup key table) (if (= (car (car table)) key) (car table) (lookup key (cdr table))))
(define (list2 a b) (cons a (cons b (quote ()))))
(define (list3 a b c) (cons a (list2 b c)))
(define (sum a b) (if (= a 0) b (if (= b 0) a (list3 (quote add) a b))))
(define (product a b)
  (if (= a 0) 0 (if (= b 0) 0 (if (= a 1) b (if (= b 1) a (list3 (quote mul) a b))))))
(define rules
  (list3
    (list2 (quote add) (lambda (e x) (sum (derive (second e) x) (derive (third e) x))))
    (list2 (quote mul)
           (lambda (e x)
             (sum (product (derive (second e) x) (third e)) (product (second e) (derive (third e) x)))))
    (list2 (quote sqr) (lambda (e x) (product 2 (product (second e) (derive (second e) x)))))))
(define polynomial
  (quote (add (mul 3 (mul x (mul x x))) (add (sqr (add x (mul y 2))) (mul (add x 1) (add x y))))))

(define (main i)
  (list3
    (tak 9 (remainder i 5) 3)
    (fold (lambda (hash x) (remainder (+ (* hash 31) x) 1000003)) i (sort < (numbers 60 (+ i 1))))
    (cons (queens 5 5 (quote ())) (derive (derive polynomial (quote x)) (quote x)))))
