# The commands of the generated pages without treenail, in fish, which has other words for a loop and for a variable.
SHELL_OF_PERSON=fish
# shellcheck source=tests/cluster/stories/zsh.sh
. /suite/stories/zsh.sh
