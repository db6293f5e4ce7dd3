/** The version of Redis whose behaviour this server has; what INFO and HELLO tell clients. */
export const VERSION = '7.0.15';
