// paste pastes what it reads into an interactive shell on a terminal, as a person who follows a page does.
//
//	paste [-shell bash|zsh|fish] [-interrupt DURATION [-after TEXT]] [ANSWER...] < BLOCK
//
// Each answer is typed at a prompt, which ends in a colon and a blank. After -interrupt, Ctrl-C is typed: a command that
// watches does not end. It counts from when the terminal shows -after, for a command that others come before. What the terminal shows is printed; the exit code is that of the last command.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

const prompt = "paste$ "

// shell is how one is started with the prompt, and its word for the exit code of the last command.
type shell struct {
	arguments []string
	code      string
}

var (
	shells = map[string]shell{
		"bash": {[]string{"--norc", "--noprofile", "-i"}, "$?"},
		"zsh":  {[]string{"-f", "-i"}, "$?"},
		"fish": {[]string{"--no-config", "-i", "-C", "function fish_prompt; printf '" + prompt + "'; end; set -g fish_greeting"}, "$status"},
	}
	escapes = regexp.MustCompile(`\x1b\[[0-9;?<>=]*[a-zA-Z]|\x1b\][^\a\x1b]*(\a|\x1b\\)|\x1bP[^\x1b]*\x1b\\|\x1b\([A-Z0-9]|\x1b[=>]|[\r\x0e\x0f]`)
	status  = regexp.MustCompile(`paste-status=(\d+)`)
)

// terminal is the person's end of a pseudo-terminal, and everything that it has shown.
type terminal struct {
	file   *os.File
	shown  chan string
	screen string
	seen   int // how much of the screen was there when something was last typed
}

func openTerminal() (*terminal, *os.File, error) {
	file, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	var number, unlock int32
	for request, value := range map[uintptr]*int32{syscall.TIOCGPTN: &number, syscall.TIOCSPTLCK: &unlock} {
		if _, _, failed := syscall.Syscall(syscall.SYS_IOCTL, file.Fd(), request, uintptr(unsafe.Pointer(value))); failed != 0 {
			return nil, nil, failed
		}
	}
	other, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	size := [4]uint16{50, 250, 0, 0}
	syscall.Syscall(syscall.SYS_IOCTL, file.Fd(), syscall.TIOCSWINSZ, uintptr(unsafe.Pointer(&size)))
	return &terminal{file: file, shown: make(chan string)}, other, nil
}

func (t *terminal) read() {
	buffer := make([]byte, 4096)
	for {
		n, err := t.file.Read(buffer)
		if err != nil {
			close(t.shown)
			return
		}
		t.shown <- string(buffer[:n])
	}
}

func (t *terminal) write(text string) {
	t.seen = len(escapes.ReplaceAllString(t.screen, ""))
	io.WriteString(t.file, text)
}

// wait returns whether what is shown after the last input gets to satisfy the condition.
func (t *terminal) wait(limit time.Duration, satisfied func(shown string) bool) bool {
	timer := time.After(limit)
	for {
		plain := escapes.ReplaceAllString(t.screen, "")
		if len(plain) >= t.seen && satisfied(plain[t.seen:]) {
			return true
		}
		select {
		case text, open := <-t.shown:
			if !open {
				return false
			}
			t.screen += text
		case <-timer:
			return false
		}
	}
}

func atPrompt(shown string) bool { return strings.HasSuffix(strings.TrimRight(shown, " "), "paste$") }
func asks(shown string) bool     { return strings.HasSuffix(shown, ": ") }

// follow pastes the block and answers, and returns the exit code of the last command.
func (t *terminal) follow(s shell, block string, answers []string, after string, interrupt, limit time.Duration) (int, error) {
	if !t.wait(10*time.Second, atPrompt) {
		return 0, errors.New("the shell shows no prompt")
	}
	t.write("\x1b[200~" + strings.TrimRight(block, "\n") + "\x1b[201~\r")
	for _, answer := range answers {
		if !t.wait(20*time.Second, asks) {
			return 0, fmt.Errorf("nothing asks for the answer %q", answer)
		}
		t.write(answer + "\r")
	}
	if after != "" && !t.wait(limit, func(shown string) bool { return strings.Contains(shown, after) }) {
		return 0, fmt.Errorf("%q is not shown after %s", after, limit)
	}
	if interrupt > 0 && !t.wait(interrupt, atPrompt) {
		t.write("\x03")
	}
	if !t.wait(limit, atPrompt) {
		return 0, fmt.Errorf("still at work after %s", limit)
	}
	t.write("echo \"paste\"\"-status=" + s.code + "\"\r")
	var code int
	ended := t.wait(10*time.Second, func(shown string) bool {
		found := status.FindStringSubmatch(shown)
		if found != nil {
			code, _ = strconv.Atoi(found[1])
		}
		return found != nil
	})
	if !ended {
		return 0, errors.New("the shell does not say how the last command ended")
	}
	return code, nil
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("paste: ")
	name := flag.String("shell", "bash", "bash, zsh or fish")
	interrupt := flag.Duration("interrupt", 0, "when to type Ctrl-C")
	after := flag.String("after", "", "what has to be shown before the time of -interrupt counts")
	limit := flag.Duration("limit", 2*time.Minute, "how long the block may take")
	flag.Parse()
	block, err := io.ReadAll(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	t, other, err := openTerminal()
	if err != nil {
		log.Fatal(err)
	}
	person, known := shells[*name]
	if !known {
		log.Fatalf("no shell %q", *name)
	}
	command := exec.Command(*name, person.arguments...)
	command.Env = append(os.Environ(), "PS1="+prompt, "TERM=xterm", "HISTFILE=")
	command.Stdin, command.Stdout, command.Stderr = other, other, other
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := command.Start(); err != nil {
		log.Fatal(err)
	}
	go t.read()
	code, err := t.follow(person, string(block), flag.Args(), *after, *interrupt, *limit)
	fmt.Println(escapes.ReplaceAllString(t.screen, ""))
	command.Process.Kill()
	if err != nil {
		log.Fatal(err)
	}
	os.Exit(code)
}
