// One contender of `npm run bench -- languages` in Go: plain goroutines, or a group with a context as errgroup has it.
//
// The arguments are the contender and the workload. For each line `size laps` on standard input it answers with a line of
// JSON: the CPU and wall time of the laps, in nanoseconds. Every lap checks that it did the work.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const capacity = 64

type stopwatch struct {
	cpu, wall int64
	startCPU  int64
	startWall time.Time
}

func cpuTime() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return syscall.TimevalToNsec(usage.Utime) + syscall.TimevalToNsec(usage.Stime)
}

func (s *stopwatch) start() {
	s.startWall = time.Now()
	s.startCPU = cpuTime()
}

func (s *stopwatch) stop() {
	s.cpu += cpuTime() - s.startCPU
	s.wall += time.Since(s.startWall).Nanoseconds()
}

func same(actual, expected int) {
	if actual != expected {
		panic(fmt.Sprintf("The run did not do its work: got %d, not %d", actual, expected))
	}
}

func allInOrder(results []int, size int) {
	same(len(results), size)
	same(results[0], 0)
	same(results[size-1], size-1)
	sum := 0
	for _, result := range results {
		sum += result
	}
	same(sum, size*(size-1)/2)
}

// group is what golang.org/x/sync/errgroup has: the first error cancels the context of the others and is what wait returns.
type group struct {
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
	once   sync.Once
	err    error
}

func newGroup(parent context.Context) *group {
	ctx, cancel := context.WithCancel(parent)
	return &group{ctx: ctx, cancel: cancel}
}

func (g *group) spawn(task func(ctx context.Context) error) {
	g.wg.Add(1)
	go func() {
		defer g.wg.Done()
		if err := task(g.ctx); err != nil {
			g.once.Do(func() {
				g.err = err
				g.cancel()
			})
		}
	}()
}

func (g *group) wait() error {
	g.wg.Wait()
	g.cancel()
	return g.err
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func plainW1a(size int, watch *stopwatch) {
	watch.start()
	results := make([]int, size)
	var wg sync.WaitGroup
	for i := 0; i < size; i++ {
		i := i
		wg.Add(1)
		go func() {
			results[i] = i
			wg.Done()
		}()
	}
	wg.Wait()
	allInOrder(results, size)
	watch.stop()
}

func groupW1a(size int, watch *stopwatch) {
	watch.start()
	results := make([]int, size)
	g := newGroup(context.Background())
	for i := 0; i < size; i++ {
		i := i
		g.spawn(func(context.Context) error {
			results[i] = i
			return nil
		})
	}
	check(g.wait())
	allInOrder(results, size)
	watch.stop()
}

func plainTree(depth int) int {
	if depth == 0 {
		return 1
	}
	var left, right int
	var wg sync.WaitGroup
	wg.Add(2)
	go func() {
		left = plainTree(depth - 1)
		wg.Done()
	}()
	go func() {
		right = plainTree(depth - 1)
		wg.Done()
	}()
	wg.Wait()
	return left + right
}

func plainW2(depth int, watch *stopwatch) {
	watch.start()
	same(plainTree(depth), 1<<depth)
	watch.stop()
}

func groupTree(ctx context.Context, depth int) (int, error) {
	if depth == 0 {
		return 1, nil
	}
	var left, right int
	g := newGroup(ctx)
	g.spawn(func(ctx context.Context) (err error) {
		left, err = groupTree(ctx, depth-1)
		return err
	})
	g.spawn(func(ctx context.Context) (err error) {
		right, err = groupTree(ctx, depth-1)
		return err
	})
	err := g.wait()
	return left + right, err
}

func groupW2(depth int, watch *stopwatch) {
	watch.start()
	sum, err := groupTree(context.Background(), depth)
	check(err)
	same(sum, 1<<depth)
	watch.stop()
}

// sleepUntil returns when the hour is over or when it is told to.
func sleepUntil(done <-chan struct{}) bool {
	timer := time.NewTimer(time.Hour)
	select {
	case <-timer.C:
		return true
	case <-done:
		timer.Stop()
		return false
	}
}

func untilAsleep(begun *int64, size int) {
	for atomic.LoadInt64(begun) < int64(size) {
		runtime.Gosched()
	}
	time.Sleep(5 * time.Millisecond)
	runtime.GC()
}

func plainW3(size int, watch *stopwatch) {
	var begun, ended int64
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Add(size)
	for i := 0; i < size; i++ {
		go func() {
			atomic.AddInt64(&begun, 1)
			sleepUntil(done)
			atomic.AddInt64(&ended, 1)
			wg.Done()
		}()
	}
	untilAsleep(&begun, size)
	same(int(atomic.LoadInt64(&ended)), 0)
	watch.start()
	close(done)
	wg.Wait()
	watch.stop()
	same(int(ended), size)
}

func groupW3(size int, watch *stopwatch) {
	var begun, ended int64
	g := newGroup(context.Background())
	for i := 0; i < size; i++ {
		g.spawn(func(ctx context.Context) error {
			defer atomic.AddInt64(&ended, 1)
			atomic.AddInt64(&begun, 1)
			if sleepUntil(ctx.Done()) {
				return nil
			}
			return ctx.Err()
		})
	}
	untilAsleep(&begun, size)
	same(int(atomic.LoadInt64(&ended)), 0)
	watch.start()
	g.cancel()
	err := g.wait()
	watch.stop()
	if err != context.Canceled {
		panic(fmt.Sprintf("Expected the cancellation, got %v", err))
	}
	same(int(ended), size)
}

func plainW5(size int, watch *stopwatch) {
	watch.start()
	channel := make(chan int, capacity)
	go func() {
		for i := 0; i < size; i++ {
			channel <- i
		}
		close(channel)
	}()
	count, sum := 0, 0
	for value := range channel {
		count++
		sum += value
	}
	watch.stop()
	same(count, size)
	same(sum, size*(size-1)/2)
}

func groupW5(size int, watch *stopwatch) {
	watch.start()
	channel := make(chan int, capacity)
	count, sum := 0, 0
	g := newGroup(context.Background())
	g.spawn(func(ctx context.Context) error {
		for i := 0; i < size; i++ {
			select {
			case channel <- i:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	g.spawn(func(ctx context.Context) error {
		for i := 0; i < size; i++ {
			select {
			case value := <-channel:
				count++
				sum += value
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	check(g.wait())
	watch.stop()
	same(count, size)
	same(sum, size*(size-1)/2)
}

var contenders = map[string]map[string]func(int, *stopwatch){
	"plain": {"w1a": plainW1a, "w2": plainW2, "w3": plainW3, "w5": plainW5},
	"group": {"w1a": groupW1a, "w2": groupW2, "w3": groupW3, "w5": groupW5},
}

func main() {
	run := contenders[os.Args[1]][os.Args[2]]
	for {
		var size, laps int
		if read, _ := fmt.Scanln(&size, &laps); read != 2 {
			return
		}
		runtime.GC()
		// The collection took the stacks that ended goroutines left to the next ones: a process at work has them.
		run(size, &stopwatch{})
		var watch stopwatch
		for lap := 0; lap < laps; lap++ {
			run(size, &watch)
		}
		fmt.Printf("{\"cpu\":%d,\"wall\":%d}\n", watch.cpu, watch.wall)
	}
}
