# The commands of docs/guide/your-first-protocol.md, in order; the guide shows the regions. scripts/docs/walk.ts runs it in an empty folder, where
#   FILES   is the folder of this file
#   PACKED  is a folder with the packages as they would be published; without it, the workspace's stand in for what npm would install
# What the regions print is in walk.txt, and compared.
set -euo pipefail
# Each background command is a process group of its own, which ends with this script.
set -m
trap 'for job in $(jobs -p); do kill -- "-$job" || true; done; wait' EXIT
until_prints () { for try in $(seq 300); do [ "$(sh -c "$2" 2>/dev/null)" = "$1" ] && return; sleep 0.1; done; echo "never printed $1: $2" >&2; exit 1; }

if [ -n "${PACKED-}" ]; then
  ln -s "$PACKED" packed
  #region install
  echo '{ "private": true, "type": "module" }' > package.json
  npm install --save-dev ./packed/*.tgz typescript @types/node
  #endregion
else
  . "$FILES/link-workspace.sh"
fi > install.log 2>&1

#region new
npx weir extension new tracker
#endregion

#region test-new
npx weir extension test tracker
#endregion

cp "$FILES/tracker/src/index.ts" tracker/src/
cp "$FILES/tracker/test/index.test.ts" tracker/test/

#region test
npx weir extension test tracker
#endregion

cp "$FILES/login.hex" login.hex

#region bench
npx weir extension bench tracker/src/index.ts --capture login.hex --seconds 0.2
#endregion

cp "$FILES/servers.ts" "$FILES/tracker.ts" .
{
  #region servers
  node servers.ts 5031 5032
  #endregion
} > servers.log 2>&1 &

{
  #region serve
  npx weir serve --admin 127.0.0.1:8080 --workers 2
  #endregion
} > serve.log 2>&1 &
until_prints 200 'curl -s -o /dev/null -w "%{http_code}" http://127.0.0.1:8080/v1/health'

#region push
npx weir extension push tracker/src/index.ts --name tracker --api http://127.0.0.1:8080
#endregion

#region configure
post () { curl -sS --fail-with-body -o /dev/null -H 'content-type: application/json' -d "$2" "http://127.0.0.1:8080/v1/$1"; }

post user-protocols '{"name":"TRACKER","transport":"tcp","extension":"tracker"}'
post services       '{"name":"positions-1","address":"127.0.0.1","port":5031}'
post services       '{"name":"positions-2","address":"127.0.0.1","port":5032}'
post lb-vservers    '{"name":"positions","method":"token","persistence":{"type":"user-session"},"services":[{"name":"positions-1"},{"name":"positions-2"}]}'
post user-vservers  '{"name":"trackers","protocol":"TRACKER","address":"127.0.0.1","port":5027,"defaultLb":"positions"}'
#endregion

#region connect
node tracker.ts 5027 356307042441013
#endregion

#region session
curl -sS 'http://127.0.0.1:8080/v1/sessions?key=356307042441013' | grep -o '"service":"[^"]*"'
#endregion

{
  #region stay
  node tracker.ts 5027 490154203237518 --stay
  #endregion
} > stay.log &
until_prints 01 'head -1 stay.log'

#region connections
curl -sS http://127.0.0.1:8080/v1/connections | grep -oE '"(service|session|tracker.imei)":"[^"]*"'
#endregion

#region wrong
node tracker.ts 5027 356307042441014
#endregion

sed 's/^ *\/\/ #\(region\|endregion\).*//' "$FILES/tracker/src/checked.ts" > tracker/src/index.ts

#region replace
npx weir extension test tracker && npx weir extension push tracker/src/index.ts --name tracker --api http://127.0.0.1:8080
#endregion

#region replaced
node tracker.ts 5027 356307042441014
node tracker.ts 5027 356307042441013
#endregion

# The one that stayed still gets its answers.
lines=$(wc -l < stay.log)
until_prints more "[ \$(wc -l < stay.log) -gt $lines ] && echo more"

#region still
curl -sS http://127.0.0.1:8080/v1/connections | grep -o '"session":"[^"]*"'
#endregion
