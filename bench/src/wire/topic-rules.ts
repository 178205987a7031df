/**
 * Topic filters of what no client may publish: the rules of S8. The topic of the load matches none, so every rule is
 * tried.
 */
export const deniedTopics: readonly string[] = ['$SYS/#', 'admin/#', 'plant/+/line/+/setpoint', '+/firmware/#']
