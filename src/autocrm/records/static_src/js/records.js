// What pages of records need beyond the modules of `ui`: boards and calendars.
import "./carry.js";
import "./board.js";
