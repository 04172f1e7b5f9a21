// What pages of records need beyond the modules of `ui`: boards, calendars and rows in an order.
import "./carry.js";
import "./board.js";
import "./trail.js";
import "./order.js";
import "./insert.js";
