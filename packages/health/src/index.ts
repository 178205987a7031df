export { HealthBoard, type HealthBoardOptions, type ServiceHealthStatus } from './health-board.ts'
