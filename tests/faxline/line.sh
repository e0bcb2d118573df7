# One page from modem A to modem B, in a network and a file tree of their own: the modems listen on every address.
# $1: a folder with conf/ttyA, conf/ttyB and page.tif; B answers into recv.001. Both efax say how it went by their exit.
set -u
cd "$1"
ip link set lo up
mount --bind "$1/conf" /etc/iaxmodem
iaxmodem -F > modems.log 2>&1 &  # without a name: with one it would start every modem of the folder as well
modems=$!
for _ in $(seq 100); do [ -e ttyA ] && [ -e ttyB ] && break; sleep 0.1; done
efax -d "$1/ttyB" -v ewinchmr -i Z -iE0 -iS0=1 -w -r recv > recv.log 2>&1 &
receiver=$!
sleep 6  # a line that was hung up is busy for five seconds
timeout 200 efax -d "$1/ttyA" -v ewinchmr -t 5550200 page.tif > send.log 2>&1
sent=$?
[ $sent -eq 0 ] || kill $receiver
wait $receiver
received=$?
kill $modems
echo "$sent $received"
