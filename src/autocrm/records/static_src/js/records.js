// What pages of records need beyond the modules of `ui`: boards, calendars, the way from record to record.
import "./carry.js";
import "./board.js";
import "./trail.js";
