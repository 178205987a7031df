// Takes a core for as many ms as its argument says, or until it is killed.
const end = Date.now() + Number(process.argv[2])
while (Date.now() < end);
