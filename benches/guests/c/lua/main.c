// The interpreter of Lua 5.4 and a script on it: objects, closures, strings and tables, and the collector behind them.
#include "../guest.h"
#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"

static const char SCRIPT[] =
    "local Point = {}\n"
    "Point.__index = Point\n"
    "Point.__add = function(a, b) return setmetatable({x = a.x + b.x, y = a.y + b.y}, Point) end\n"
    "function Point:norm() return self.x * self.x + self.y * self.y end\n"
    "local function counter(step)\n"
    "  local count = 0\n"
    "  return function() count = count + step return count end\n"
    "end\n"
    "local function permute(list, n, visit)\n"
    "  if n == 1 then return visit(list) end\n"
    "  for i = 1, n do\n"
    "    permute(list, n - 1, visit)\n"
    "    local j = n % 2 == 0 and i or 1\n"
    "    list[j], list[n] = list[n], list[j]\n"
    "  end\n"
    "end\n"
    "local limit = ...\n"
    "local sum = setmetatable({x = 0, y = 0}, Point)\n"
    "local next = counter(3)\n"
    "for i = 1, limit do sum = sum + setmetatable({x = i % 7, y = next() % 5}, Point) end\n"
    "local words = {}\n"
    "for i = 1, limit do\n"
    "  local word = string.format('%s-%d', i % 3 == 0 and 'fizz' or 'buzz', i % 50)\n"
    "  words[word] = (words[word] or 0) + 1\n"
    "end\n"
    "local names = {}\n"
    "for word in pairs(words) do names[#names + 1] = word end\n"
    "table.sort(names)\n"
    "local text = table.concat(names, ','):gsub('z+', string.upper)\n"
    "local visits = 0\n"
    "permute({1, 2, 3, 4, 5}, 5, function(list) if list[1] < list[5] then visits = visits + 1 end end)\n"
    "local hash = sum:norm() + visits * 31 + #text\n"
    "for i = 1, #text, 7 do hash = (hash * 33 + text:byte(i)) % 4294967296 end\n"
    "return hash\n";

// Runs the script `n` times; a hash of what it returns.
EXPORT int64_t run(int32_t n) {
    lua_State *lua = luaL_newstate();
    check(lua != 0);
    luaL_requiref(lua, LUA_GNAME, luaopen_base, 1);
    luaL_requiref(lua, LUA_STRLIBNAME, luaopen_string, 1);
    luaL_requiref(lua, LUA_TABLIBNAME, luaopen_table, 1);
    lua_settop(lua, 0);
    check(luaL_loadstring(lua, SCRIPT) == LUA_OK);
    uint64_t result = 0;
    for (int32_t i = 0; i < n; i++) {
        lua_pushvalue(lua, 1);
        lua_pushinteger(lua, 200 + i % 5);
        lua_call(lua, 1, 1);
        check(lua_isinteger(lua, -1));
        result = hash(result, lua_tointeger(lua, -1));
        lua_settop(lua, 1);
    }
    lua_close(lua);
    return result;
}
