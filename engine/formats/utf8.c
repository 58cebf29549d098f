#include "utf8.h"

size_t utf8_sequence_size(text bytes)
{
    const unsigned char *b = (const unsigned char *)bytes.data;
    if (bytes.size == 0 || b[0] < 0x80)
        return bytes.size != 0;
    size_t size = b[0] < 0xC2 ? 0 : b[0] < 0xE0 ? 2 : b[0] < 0xF0 ? 3 : b[0] < 0xF5 ? 4 : 0;
    if (size == 0 || size > bytes.size)
        return 0;
    for (size_t i = 1; i < size; i++) {
        if ((b[i] & 0xC0) != 0x80)
            return 0;
    }
    bool overlong = (b[0] == 0xE0 && b[1] < 0xA0) || (b[0] == 0xF0 && b[1] < 0x90);
    bool outside = (b[0] == 0xED && b[1] >= 0xA0) || (b[0] == 0xF4 && b[1] >= 0x90);
    return overlong || outside ? 0 : size;
}

bool utf8_is_valid(text bytes)
{
    while (bytes.size) {
        size_t size = utf8_sequence_size(bytes);
        if (!size)
            return false;
        bytes = text_after(bytes, size);
    }
    return true;
}

uint32_t utf8_decode(text bytes, size_t size)
{
    static const unsigned char lead[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    check(size >= 1 && size <= 4 && size <= bytes.size);
    uint32_t character = (unsigned char)bytes.data[0] & lead[size];
    for (size_t i = 1; i < size; i++)
        character = character << 6 | ((unsigned char)bytes.data[i] & 0x3F);
    return character;
}

size_t utf8_encode(uint32_t character, char bytes[4])
{
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    size_t size = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    if (character > 0x10FFFF || (character >= 0xD800 && character <= 0xDFFF))
        return 0;
    for (size_t i = size; i-- > 1; character >>= 6)
        bytes[i] = (char)(0x80 | (character & 0x3F));
    bytes[0] = (char)(lead[size] | character);
    return size;
}
