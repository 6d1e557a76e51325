const every = setInterval(() => console.log('working'), 1000)
process.once('SIGTERM', () => clearInterval(every))
