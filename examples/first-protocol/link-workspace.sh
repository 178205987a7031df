# What `npm install` would bring, from the workspace: see walk.sh.
ROOT=$(cd "$FILES/../.." && pwd)
mkdir -p node_modules/.bin node_modules/@weirlb node_modules/@types
echo '{ "private": true, "type": "module" }' > package.json
for name in @weirlb/sdk @weirlb/testing weirlb typescript @types/node; do ln -s "$ROOT/node_modules/$name" "node_modules/$name"; done
ln -s "$ROOT/packages/cli/bin/weir.js" node_modules/.bin/weir
