type Stop = () => Promise<unknown> | void

/** What ran during a test and has to end with it, and during a file. */
const ofTest = new Set<Stop>()
const ofFile = new Set<Stop>()

/** Call this when the test is over, after what was added later. */
export const atEnd = (stop: Stop): void => { ofTest.add(stop) }

/** Call this when the file is over, after what was added later. */
export const atEndOfFile = (stop: Stop): void => { ofFile.add(stop) }

/** It has ended by itself. */
export const notAtEnd = (stop: Stop): void => { ofTest.delete(stop) }

const end = async (running: Set<Stop>): Promise<void> => {
  const stops = [...running].reverse()
  running.clear()
  for (const stop of stops) await stop()
}

/** Called after every test. */
export const endTest = async (): Promise<void> => { await end(ofTest) }

/** Called after every file: several of them may share a process and its modules. */
export const endFile = async (): Promise<void> => { await end(ofFile) }
