;; A system in which there is nothing: no files, no arguments, no environment, no time, no chance.
;;
;; Linked into a module by `sekisho plugin pack`, so that what a language's runtime asks of the system at its start is
;; answered inside the component and nothing is left to import. Error numbers are those of WASI preview 1:
;; 0 success, 8 bad file descriptor. A module that calls what is not here can't be packed, and the message names it.
(module
  (import "env" "memory" (memory 0))

  ;; === Nothing was handed over ===
  (func $no-items (param $count i32) (param $bytes i32) (result i32)
    (i32.store (local.get $count) (i32.const 0))
    (i32.store (local.get $bytes) (i32.const 0))
    (i32.const 0))
  (export "args_sizes_get" (func $no-items))
  (export "environ_sizes_get" (func $no-items))
  (func $nothing-written (param $items i32) (param $bytes i32) (result i32)
    (i32.const 0))
  (export "args_get" (func $nothing-written))
  (export "environ_get" (func $nothing-written))

  ;; === Output is swallowed: all of it counts as written ===
  (func (export "fd_write") (param $fd i32) (param $vectors i32) (param $left i32) (param $written i32) (result i32)
    (local $sum i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $left)))
        (local.set $sum (i32.add (local.get $sum) (i32.load offset=4 (local.get $vectors))))
        (local.set $vectors (i32.add (local.get $vectors) (i32.const 8)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $next)))
    (i32.store (local.get $written) (local.get $sum))
    (i32.const 0))

  ;; === There are no files ===
  (func (export "fd_close") (param i32) (result i32) (i32.const 8))
  (func (export "fd_seek") (param i32 i64 i32 i32) (result i32) (i32.const 8))
  (func (export "fd_read") (param i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "fd_fdstat_get") (param i32 i32) (result i32) (i32.const 8))
  (func (export "fd_fdstat_set_flags") (param i32 i32) (result i32) (i32.const 8))
  (func (export "fd_prestat_get") (param i32 i32) (result i32) (i32.const 8))
  (func (export "fd_prestat_dir_name") (param i32 i32 i32) (result i32) (i32.const 8))

  ;; === Time stands still at one second past the epoch: Go refuses zero ===
  (func (export "clock_time_get") (param $clock i32) (param $precision i64) (param $time i32) (result i32)
    (i64.store (local.get $time) (i64.const 1000000000))
    (i32.const 0))
  (func (export "clock_res_get") (param $clock i32) (param $resolution i32) (result i32)
    (i64.store (local.get $resolution) (i64.const 1))
    (i32.const 0))

  ;; === Chance is always the same ===
  (func (export "random_get") (param $bytes i32) (param $count i32) (result i32)
    (memory.fill (local.get $bytes) (i32.const 7) (local.get $count))
    (i32.const 0))

  ;; === Waiting ends at once ===
  (func (export "poll_oneoff") (param $asked i32) (param $events i32) (param $count i32) (param $ready i32) (result i32)
    (memory.fill (local.get $events) (i32.const 0) (i32.mul (local.get $count) (i32.const 32)))
    (i32.store (local.get $ready) (local.get $count))
    (i32.const 0))
  (func (export "sched_yield") (result i32) (i32.const 0))

  ;; === Giving up is a trap ===
  (func (export "proc_exit") (param i32) (unreachable))
)
