export { consolePlugin, type ConsoleOptions } from './console-plugin.ts'
